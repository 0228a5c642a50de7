/**
 * Text in every script: what a reader takes for one character, and where it can be cut. Pure.
 *
 * The gateway has the same in `s2s/unicode_text.py`; `wire/fixtures/text.json` holds both to it. Positions here are
 * UTF-16, as everywhere in JavaScript; on the wire they are code points.
 */

/** A space, or a character of a script that puts none between words, each of which can be the last that was heard; or a
 * picture. */
const ALONE =
  /^[\s\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Yiii}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Java}\p{scx=Bali}\p{scx=Bugi}\p{scx=Cham}\p{scx=Lana}\p{scx=Talu}\p{scx=Tale}\p{scx=Tavt}\p{ExtPict}\p{RI}]/u;

/** For browsers without Intl.Segmenter (Firefox before 125): UAX #29 but for conjuncts and single Korean letters, which it
 * takes apart, until the gateway tells where to cut. */
const CLUSTER = /\r\n|(?:\p{RI}{2}|\p{ExtPict}(?:[\p{M}\p{EMod}]*\u200d\p{ExtPict})*|[^])(?:[\p{M}\p{EMod}\u0e33\u0eb3]|\u200c|\u200d)*/gu;

const segmenter = "Segmenter" in Intl ? new Intl.Segmenter("en", { granularity: "grapheme" }) : null;

/** What a reader takes for single characters. */
export function clusters(text: string, by: Intl.Segmenter | null = segmenter): string[] {
  return by ? Array.from(by.segment(text), ({ segment }) => segment) : (text.match(CLUSTER) ?? []);
}

/** How long it takes to say, in letters of the Latin script: a Chinese character is a syllable, a kana half a one. */
export function lettersIn(text: string): number {
  return clusters(text).reduce((sum, cluster) => sum + letters(cluster), 0);
}

/** Where so much of the text (0 to 1) has been said, back to the beginning of a word, or of a character where words have
 * no spaces between them. */
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

/** `at`, or where the character begins that `at` would cut. Unchecked without Intl.Segmenter. */
export function characterEdge(text: string, at: number): number {
  return segmenter?.segment(text).containing(at)?.index ?? at;
}

/** The place behind so many code points, which is how the gateway counts. */
export function behindCodePoints(text: string, count: number): number {
  return Array.from(text).slice(0, Math.max(0, count)).join("").length;
}

export function codePointsIn(text: string): number {
  return Array.from(text).length;
}

/** For finding words whatever their case: each character stays as long as it is, so that places stay places ("İ" would
 * become two). */
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
