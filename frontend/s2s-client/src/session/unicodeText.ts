/**
 * Text in every script: what a reader takes for one character, and where it can be cut. Pure.
 *
 * The gateway has the same in `s2s/unicode_text.py`; `wire/fixtures/text.json` holds both to it. Positions here are
 * UTF-16, as everywhere in JavaScript; on the wire they are code points.
 */

/** Scripts that put no space between words: each character can stand at the end of what was heard. Pictures too. */
const UNSPACED =
  /^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Yiii}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Java}\p{scx=Bali}\p{scx=Lana}\p{scx=Talu}\p{scx=Tale}\p{scx=Tavt}\p{ExtPict}\p{RI}]/u;
const SPACE = /^\s/u;
const SYLLABLE = /^[\p{sc=Han}\p{sc=Yiii}]/u;
const HALF_SYLLABLE = /^[\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]/u;

/** Belongs to the character before it: marks (but for Burmese ones that stand alone), joiners, skin colours. */
const EXTENDS = "(?![\\u102b\\u102c\\u1038\\u1062-\\u1064\\u1067-\\u106d\\u1083\\u1087-\\u108c\\u108f\\u109a-\\u109c])[\\p{M}\\u0e33\\u0eb3\\u200c\\u200d\\p{EMod}\\uff9e\\uff9f]";
const CONSONANT = "(?=[\\p{sc=Deva}\\p{sc=Beng}\\p{sc=Gujr}\\p{sc=Orya}\\p{sc=Telu}\\p{sc=Mlym}\\p{sc=Mymr}\\p{sc=Khmr}\\p{sc=Bali}])\\p{Lo}";
/** Written as one character, though it is two consonants. */
const LINKED = "[\\p{M}\\u200d]*[\\u094d\\u09cd\\u0acd\\u0b4d\\u0c4d\\u0d4d\\u1039\\u17d2\\u1b44][\\p{M}\\u200d]*";
const HANGUL = "[\\u1100-\\u115f]*(?:[\\uac00-\\ud7a3][\\u1160-\\u11a7]*|[\\u1160-\\u11a7]+)[\\u11a8-\\u11ff]*|[\\u1100-\\u115f]+";
/** Only between two such characters can one of a reader's go on; elsewhere nobody needs to look. */
const GOES_ON = /^(?:[\p{M}\p{EMod}\p{RI}]|\u0e33|\u0eb3|[\u1160-\u11ff]|\u200c|\u200d|\uff9e|\uff9f|\n)/u;
const GOES_BEFORE = /(?:\u200d|\u094d|\u09cd|\u0acd|\u0b4d|\u0c4d|\u0d4d|\u1039|\u17d2|\u1b44|[\u1100-\u115f])\p{M}*$/u;
/** For browsers without Intl.Segmenter (Firefox before 125): near enough to UAX #29. */
const CLUSTER = new RegExp(
  `\\r\\n|(?:\\p{RI}{2}|\\p{ExtPict}(?:(?:${EXTENDS})*\\u200d\\p{ExtPict})*|${CONSONANT}(?:${LINKED}${CONSONANT})*|${HANGUL}|[^])(?:${EXTENDS})*`,
  "gu",
);

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
  const all = clusters(text);
  let left = share * all.reduce((sum, cluster) => sum + letters(cluster), 0);
  let at = 0;
  let edge = 0;
  let inWord = false;
  for (const cluster of all) {
    const free = SPACE.test(cluster) || UNSPACED.test(cluster);
    if (free || !inWord) edge = at;
    inWord = !free;
    left -= letters(cluster);
    if (left < 0) return edge;
    at += cluster.length;
  }
  return text.length;
}

/** `at`, or where the character begins that `at` would cut. */
export function characterEdge(text: string, at: number): number {
  if (!GOES_ON.test(text.slice(at, at + 2)) && !GOES_BEFORE.test(text.slice(Math.max(0, at - 8), at))) return at;
  let edge = 0;
  for (const cluster of clusters(text)) {
    if (edge + cluster.length > at) return edge;
    edge += cluster.length;
  }
  return edge;
}

/** The place behind so many code points, which is how the gateway counts. */
export function behindCodePoints(text: string, count: number): number {
  let at = 0;
  for (const point of text) {
    if (count-- <= 0) break;
    at += point.length;
  }
  return at;
}

export function codePointsIn(text: string): number {
  return Array.from(text).length;
}

/** At most so many UTF-16 units of its end, without half a character. */
export function lastChars(text: string, most: number): string {
  let from = text.length;
  for (const cluster of clusters(text.slice(-2 * most)).reverse()) {
    if (text.length - from + cluster.length > most) break;
    from -= cluster.length;
  }
  return text.slice(from);
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
  if (SYLLABLE.test(cluster)) return 3;
  return HALF_SYLLABLE.test(cluster) ? 2 : 1;
}
