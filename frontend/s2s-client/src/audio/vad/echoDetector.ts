/**
 * Detects how much of the microphone audio is the echo of our own playback. Pure.
 *
 * Both signals are compared as power in sixteen bands every 16 ms. The echo follows playback after a delay, with a gain per
 * band, blurred by the room: delay and gain are learned from the correlation of the two and from everything that is not
 * near-end speech. What stands clearly above the expected echo is a person in the room, even during the echo. Power, unlike the
 * waveform, survives the browser's own canceller and the drift of two clocks.
 */
import { BANDS } from "./filterBank";

const LAGS = 40;
/** Half a second: shorter pieces of any two speech signals look alike by chance. */
const WINDOW = 32;
const ALIKE = 0.65;
/** Playback needed before near-end speech is trusted: 0.8 s, once per call. */
const BEGINNING = 48;
/** 1.5 s if the echo delay could not be found by then. */
const LONG_BEGINNING = 96;
/** The room's reverberation: -60 dB in half a second. */
const ROOM_DECAY = 0.65;
/** 5 dB above the expected echo is more than an echo. */
const MARGIN = 3;
const FAINT = 1e-8;
/** Mean over the bands of ln(1 + signal to noise): 8 dB. Fainter sounds are not taken for near speech. */
const MIN_ABOVE_NOISE = 2;

export interface EchoVerdict {
  /** True when there is audio other than the echo of our own playback. */
  readonly near: boolean;
  /** Our own playback is heard, and is most of what is heard. */
  readonly echo: boolean;
}

interface Moment {
  readonly mic: Float32Array;
  /** What was played, with the room's reverberation. */
  readonly played: Float32Array;
}

export class EchoDetector {
  #moments: Moment[] = [];
  readonly #room = new Float32Array(BANDS);
  readonly #noise = new Float32Array(BANDS).fill(1e-6);
  readonly #strength = new Float32Array(BANDS);
  /** Steps from the loudspeaker to the microphone; null until the two have been found to correlate. */
  #lag: number | null = null;
  /** A delay seen once, and when (`#observed`). Two speech signals may correlate by chance, but not twice at the same delay. */
  #guess = { lag: -LAGS, at: 0 };
  /** 16 ms steps with playback in them, until enough was seen to know the echo. */
  #observed = 0;
  /** Steps since something stood above the expected echo. */
  #nearFor = 0;

  /** Takes the band powers of 16 ms of microphone audio, and of what was played at about that time. */
  processHop(mic: Float32Array, played: Float32Array): EchoVerdict {
    const blurred = this.#room.map((before, band) => Math.max(at(played, band), before * ROOM_DECAY));
    this.#room.set(blurred);
    this.#moments = [...this.#moments.slice(-(LAGS + WINDOW)), { mic, played: blurred }];
    const sounding = this.#moments.slice(-LAGS).some((moment) => loud(moment.played));
    const near = this.#near(mic);
    if (!sounding) {
      this.#nearFor = 0;
      if (!near) this.#learnNoise(mic);
      return { near: aboveNoise(mic, this.#noise), echo: false };
    }
    this.#observed++;
    if (this.#mayAlign()) this.#align(WINDOW);
    return this.#observed < (this.#lag === null ? LONG_BEGINNING : BEGINNING) ? this.#beginning(mic) : this.#settled(mic, near);
  }

  /** Whether to search for the delay: often at first, later now and then, because the two clocks drift. */
  #mayAlign(): boolean {
    if (this.#observed < WINDOW || this.#nearFor > 0) return false;
    const every = this.#lag === null || this.#observed <= LONG_BEGINNING ? WINDOW : 4 * WINDOW;
    return this.#observed % every === 0;
  }

  /** The verdict while it is too early to tell: better no reaction than one to our own echo. */
  #beginning(mic: Float32Array): EchoVerdict {
    return { near: false, echo: aboveNoise(mic, this.#noise) };
  }

  #settled(mic: Float32Array, near: boolean): EchoVerdict {
    this.#nearFor = near ? this.#nearFor + 1 : Math.max(0, this.#nearFor - 2);
    if (this.#nearFor === 0) {
      this.#learn(mic, this.#source(), 0.2, 0.02);
      return { near: false, echo: aboveNoise(mic, this.#noise) && this.#explained(mic) };
    }
    // Louder than expected for a while, yet correlated with our own playback: the echo path has changed.
    if (this.#nearFor >= WINDOW / 2 && this.#nearFor % 8 === 0 && this.#alike(Math.min(this.#nearFor, WINDOW)) && this.#align(WINDOW)) {
      this.#nearFor = 0;
      return { near: false, echo: true };
    }
    return { near: this.#nearFor >= 2, echo: false };
  }

  #near(mic: Float32Array): boolean {
    const expected = this.#expected();
    let above = 0;
    let all = 0;
    for (let band = 0; band < BANDS; band++) {
      const heard = at(mic, band);
      const limit = MARGIN * (at(expected, band) + at(this.#noise, band)) + FAINT;
      // Each band is weighted by its share of the sound; the log keeps one loud band from deciding alone.
      const weight = Math.log1p(heard / (at(this.#noise, band) + FAINT));
      all += weight;
      if (heard > limit) above += weight;
    }
    return all > MIN_ABOVE_NOISE * BANDS && above > 0.3 * all;
  }

  #explained(mic: Float32Array): boolean {
    const expected = this.#expected();
    return mic.reduce((sum, power) => sum + power, 0) < MARGIN * expected.reduce((sum, power) => sum + power, 0);
  }

  #expected(): Float32Array {
    const source = this.#source();
    return this.#strength.map((strength, band) => strength * at(source, band));
  }

  /** What was played one delay ago; while the delay is unknown, the loudest of all candidates. */
  #source(): Float32Array {
    const newest = this.#moments.length - 1;
    const [from, to] = this.#lag === null ? [0, LAGS - 1] : [this.#lag - 1, this.#lag + 1];
    const out = new Float32Array(BANDS);
    for (let lag = Math.max(0, from); lag <= to; lag++) {
      const played = this.#moments[newest - lag]?.played;
      if (played) out.forEach((power, band) => (out[band] = Math.max(power, at(played, band))));
    }
    return out;
  }

  #learnNoise(mic: Float32Array): void {
    mic.forEach((power, band) => {
      const noise = at(this.#noise, band);
      this.#noise[band] = noise + (power - noise) * (power < noise ? 0.2 : 0.02);
    });
  }

  /** Updates the gain per band, which follows peaks quickly and decays slowly. */
  #learn(mic: Float32Array, source: Float32Array, up: number, down: number): void {
    if (!loud(source)) return;
    mic.forEach((power, band) => {
      if (at(source, band) < 1e-6) return;
      const now = Math.max(0, power - at(this.#noise, band)) / at(source, band);
      const known = at(this.#strength, band);
      this.#strength[band] = known + (now - known) * (now > known ? up : down);
    });
  }

  /**
   * Adopts the delay with the best correlation over the last `steps`, and the gains that follow from it; or keeps the old one.
   */
  #align(steps: number): boolean {
    let best = -1;
    let lagOfBest = 0;
    for (let lag = 0; lag < LAGS; lag++) {
      const like = this.#likeness(lag, steps);
      if (like > best) [best, lagOfBest] = [like, lag];
    }
    if (best < ALIKE || !this.#confirmed(lagOfBest)) return false;
    this.#lag = lagOfBest;
    for (let back = steps - 1; back >= 0; back--) {
      const mic = this.#moments[this.#moments.length - 1 - back]?.mic;
      const source = this.#moments[this.#moments.length - 1 - back - lagOfBest]?.played;
      if (mic && source) this.#learn(mic, source, 0.3, 0.05);
    }
    return true;
  }

  /**
   * Whether the delay was found twice. Speech over our playback correlates with it at some delay for half a second; adopting
   * that one would make the detector deaf to the speaker.
   */
  #confirmed(lag: number): boolean {
    if (this.#lag !== null && Math.abs(lag - this.#lag) <= 1) return true;
    if (this.#observed - this.#guess.at < WINDOW) return false;
    const again = Math.abs(lag - this.#guess.lag) <= 1;
    this.#guess = { lag, at: this.#observed };
    return again;
  }

  #alike(steps: number): boolean {
    let best = 0;
    for (let lag = 0; lag < LAGS; lag++) best = Math.max(best, this.#likeness(lag, steps));
    return best > ALIKE;
  }

  /** Correlation of the two signals (log power per band, each band separately) over the last `steps`. */
  #likeness(lag: number, steps: number): number {
    const end = this.#moments.length - 1;
    if (end - lag - steps < 0) return 0;
    let xy = 0;
    let xx = 0;
    let yy = 0;
    for (let band = 0; band < BANDS; band++) {
      const floor = at(this.#noise, band) + FAINT;
      const xs = this.#moments.slice(end - steps + 1).map(({ mic }) => Math.log(at(mic, band) + floor));
      const ys = this.#moments.slice(end - lag - steps + 1, end - lag + 1).map(({ played }) => Math.log(at(played, band) + 1e-6));
      const xMean = mean(xs);
      const yMean = mean(ys);
      xs.forEach((x, n) => {
        const y = (ys[n] as number) - yMean;
        xy += (x - xMean) * y;
        xx += (x - xMean) ** 2;
        yy += y * y;
      });
    }
    return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
  }
}

const loud = (powers: Float32Array): boolean => powers.some((power) => power > 1e-5);

function aboveNoise(mic: Float32Array, noise: Float32Array): boolean {
  return mic.filter((power, band) => power > MARGIN * at(noise, band) + FAINT).length >= 3;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const at = (values: Float32Array, place: number): number => values[place] as number;
