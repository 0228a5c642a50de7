/**
 * Text in every script: what counts as one character for a reader, and where text can be cut. Pure.
 *
 * The gateway has the same in `s2s/unicode_text.py`; `wire/fixtures/text.json` tests both. Positions here are UTF-16, as
 * everywhere in JavaScript; on the wire they are code points.
 */

/** A space, a picture, or a character of a script without spaces between words, each of which can be the last one heard. */
const ALONE =
  /^[\s\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Yiii}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Java}\p{scx=Bali}\p{scx=Bugi}\p{scx=Cham}\p{scx=Lana}\p{scx=Talu}\p{scx=Tale}\p{scx=Tavt}\p{ExtPict}\p{RI}]/u;

/**
 * For browsers without Intl.Segmenter (Firefox before 125): UAX #29 except for conjuncts and single Korean letters, which it
 * splits until the gateway says where to cut.
 */
const CLUSTER = /\r\n|(?:\p{RI}{2}|\p{ExtPict}(?:[\p{M}\p{EMod}]*\u200d\p{ExtPict})*|[^])(?:[\p{M}\p{EMod}\u0e33\u0eb3]|\u200c|\u200d)*/gu;

const segmenter = "Segmenter" in Intl ? new Intl.Segmenter("en", { granularity: "grapheme" }) : null;

/** Splits text into what a reader takes for single characters. */
export function clusters(text: string, by: Intl.Segmenter | null = segmenter): string[] {
  return by ? Array.from(by.segment(text), ({ segment }) => segment) : (text.match(CLUSTER) ?? []);
}

/** Speaking time, in letters of the Latin script: a Chinese character is a syllable, a kana half of one. */
export function lettersIn(text: string): number {
  return clusters(text).reduce((sum, cluster) => sum + letters(cluster), 0);
}

/**
 * The position up to which a share of the text (0 to 1) has been spoken, rounded down to the start of a word, or of a character
 * in scripts without spaces.
 */
export function saidUntil(text: string, share: number): number {
  let left = share * lettersIn(text);
  let at = 0;
  let edge = 0;
  let inWord = false;
  for (const cluster of clusters(text)) {
    const alone = ALONE.test(cluster);
    if (alone || !inWord) edge = at;
    inWord = !alone;
    left -= letters(cluster);
    if (left < 0) return edge;
    at += cluster.length;
  }
  return at;
}

/** `at`, or the start of the character that `at` would cut. Unchecked without Intl.Segmenter. */
export function characterEdge(text: string, at: number): number {
  return segmenter?.segment(text).containing(at)?.index ?? at;
}

/** The UTF-16 position after `count` code points, which is how the gateway counts. */
export function behindCodePoints(text: string, count: number): number {
  return Array.from(text).slice(0, Math.max(0, count)).join("").length;
}

export function codePointsIn(text: string): number {
  return Array.from(text).length;
}

/** Folds case for search without changing any length, so that positions stay valid ("İ" would become two characters). */
export function sameCase(text: string): string {
  return text.replace(/\p{Lu}/gu, (letter) => {
    const small = letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  });
}

function letters(cluster: string): number {
  if (/^\p{sc=Han}/u.test(cluster)) return 3;
  return /^[\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]/u.test(cluster) ? 2 : 1;
}
