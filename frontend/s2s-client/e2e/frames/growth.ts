/** How much a page's heap grows, by a straight line through what was seen behind the first quarter of the time. Pure. */

export interface Look {
  readonly minute: number;
  readonly turns: number;
  readonly heapMb: number;
  readonly nodes: number;
  readonly listeners: number;
}

export function growth(looks: readonly Look[]): { readonly kbATurn: number; readonly mbAnHour: number } {
  const whole = looks.at(-1)?.minute ?? 0;
  const later = looks.filter(({ minute }) => minute >= whole / 4);
  return {
    kbATurn: 1_000 * slope(later.map(({ turns, heapMb }) => [turns, heapMb])),
    mbAnHour: 60 * slope(later.map(({ minute, heapMb }) => [minute, heapMb])),
  };
}

/** Least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const up = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return up / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}
