/** A fast Fourier transform for the VAD's short blocks. Pure. */

/** The longest block. */
const LONGEST = 512;
const COS = Float64Array.from({ length: LONGEST / 2 }, (_, n) => Math.cos((2 * Math.PI * n) / LONGEST));
const SIN = Float64Array.from({ length: LONGEST / 2 }, (_, n) => Math.sin((2 * Math.PI * n) / LONGEST));

/** Transforms in place; the length is a power of two, at most 512. */
export function transform(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [at(re, j), at(re, i)];
      [im[i], im[j]] = [at(im, j), at(im, i)];
    }
  }
  for (let length = 2; length <= size; length <<= 1) butterflies(re, im, length);
}

function butterflies(re: Float64Array, im: Float64Array, length: number): void {
  const half = length >> 1;
  for (let k = 0; k < half; k++) {
    const wr = at(COS, (k * LONGEST) / length);
    const wi = -at(SIN, (k * LONGEST) / length);
    for (let i = k; i < re.length; i += length) {
      const j = i + half;
      const xr = at(re, j) * wr - at(im, j) * wi;
      const xi = at(re, j) * wi + at(im, j) * wr;
      re[j] = at(re, i) - xr;
      im[j] = at(im, i) - xi;
      re[i] = at(re, i) + xr;
      im[i] = at(im, i) + xi;
    }
  }
}

const at = (values: Float64Array, place: number): number => values[place] as number;
