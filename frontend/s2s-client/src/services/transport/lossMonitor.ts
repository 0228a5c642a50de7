/**
 * Decides whether the path loses audio, and so whether every frame should be sent twice. Pure; time is an argument.
 *
 * It is updated at every pong. The gateway reports uplink loss (`pong.mic_missing`); downlink loss is taken from the frame
 * numbers, before concealment. While frames are sent twice a lost copy is not audible but still counts: the path is clean again
 * once the copies arrive. Reasons for the numbers: docs/decisions/0017-packets.md.
 */
import type { Robustness } from "../../audio/jitterTarget";
import { seqDistance } from "../../audio/turnBuffer";

/** `plain`: one ordered channel; `twice`: unordered, with each frame repeated three frames later. */
export type Profile = "plain" | "twice";
/** `socket`: WebRTC does not help here; the kernel's TCP repairs such a path better. */
export type Advice = Profile | "socket";

const WINDOW_MS = 5_000;
const LOSSY_SHARE = 0.01;
/** Fewer lost frames than this, or all within one ping interval, are a hiccup. */
const LOSSY_FRAMES = 3;
const LOSSY_PINGS = 2;
const CLEAN_SHARE = 0.005;
const CLEAN_MS = 30_000;
/** Audio copies that must arrive before the path counts as clean: silence proves nothing. */
const CLEAN_COPIES = 500;
/** A path that degrades again this soon after it was clean must then be clean for twice as long. */
const RELAPSE_MS = 60_000;
const MAX_CLEAN_MS = 240_000;
/** A frame this much later than the quickest ones misses its playout time: the gateway is 240 ms ahead. */
const LATE_MS = 200;
/** Frames may also be late because this page was busy: it is the network only if copies are lost as well. */
const BAD_SHARE = 0.02;
/**
 * Pings take so long that SCTP, which waits for acknowledgements, cannot send everything twice once packets are lost (measured
 * at 150 ms: a quarter of the speech is lost, buttons take seconds). TCP repairs such a path better.
 */
const FAR_MS = 100;
/** How long WebRTC is not tried again; a later connection may use another network. */
const AVOID_MS = 60_000;
/**
 * Audio is still unsent at this many pings in a row. Without loss, the connection is slow and more bytes would make it worse;
 * with loss, SCTP has slowed down after a burst (measured: for seconds), which TCP does not.
 */
const SLOW_PINGS = 2;
/**
 * After compression was requested because of a backlog, no conclusions are drawn for this long. Frames lost now are lost in
 * front of a slow connection, and the backlog there must drain first (measured at 200 kbit/s: 6 s).
 */
const RELIEF_MS = 8_000;
/** A frame this far behind the newest one will not arrive any more. */
const SETTLED_FRAMES = 8;
/** A larger gap is not loss but another sequence. */
const MAX_GAP_FRAMES = 250;

/** Frames lost while a ping is this quick are lost by the network, and not in front of a slow connection. */
const QUICK_MS = 100;
/** This often within this time: what then waits unsent waits because of the losses. */
const QUICK_LOSSES = 2;
const QUICK_LOSS_MS = 15_000;

/** What happened between two pongs. */
interface PingInterval {
  atMs: number;
  up: LossCount;
  down: LossCount;
  /** Copies of frames on a channel that sends each frame twice. */
  copies: LossCount;
  /** Round trip of the answered ping. */
  tripMs: number;
  /** Transit time of each frame in ms, up to a constant offset. */
  ways: number[];
}

interface LossCount {
  expected: number;
  lost: number;
}

export class LossMonitor {
  /** No network lies between this page and the gateway: frames are missing or late because the computer is busy. */
  isLocal = false;
  #robustness: Robustness;
  #profile: Profile;
  #changedAtMs = -Infinity;
  #avoidUntilMs = -Infinity;
  #intervals: PingInterval[] = [];
  #now = pingInterval();
  /** Audio frames that may still arrive: how many copies were due and how many came. */
  readonly #open = new Map<number, { due: number; came: number }>();
  #newest: number | null = null;
  #micMissing: number | null = null;
  #cleanSinceMs = 0;
  #cleanCopies = 0;
  #cleanMs = CLEAN_MS;
  #backAtMs = -Infinity;
  #slowPings = 0;
  #reliefUntilMs = -Infinity;
  /** When frames were lost although the pings were quick. */
  #quickLossesMs: number[] = [];

  /** `wish` is read at every ping: as the path needs it, never twice ("low-latency", the fewest bytes), or always twice. */
  constructor(private readonly wish: () => Robustness) {
    this.#robustness = wish();
    this.#profile = this.#robustness === "robust" ? "twice" : "plain";
  }

  /** The profile that should carry the audio. */
  get profile(): Profile {
    return this.#profile;
  }

  /** Whether another carrier should be tried first. */
  avoidsWebRtc(nowMs: number): boolean {
    return nowMs < this.#avoidUntilMs;
  }

  /** Whether the path loses frames without being slow: a backlog is then no sign of too little bandwidth. */
  isLossy(nowMs: number): boolean {
    return this.#quickLossesMs.filter((ms) => nowMs - ms < QUICK_LOSS_MS).length >= QUICK_LOSSES;
  }

  /** Starts over for a new connection: the old one's losses say nothing about it. */
  restart(): void {
    this.#forget();
    this.#newest = this.#micMissing = null;
    this.#slowPings = 0;
  }

  /** Records that the audio is about to get several times smaller. */
  onRelief(nowMs: number): void {
    this.#reliefUntilMs = nowMs + RELIEF_MS;
  }

  /** Records that a microphone frame was sent. */
  onFrameSent(): void {
    this.#now.up.expected++;
  }

  /** Records an audio frame or a copy of one on a channel of that profile; `wayMs` is the time since its gateway timestamp. */
  onFrameReceived(seq: number, by: Profile, wayMs: number): void {
    const due = by === "twice" ? 2 : 1;
    const ahead = this.#newest === null ? 1 : seqDistance(seq, this.#newest);
    if (Math.abs(ahead) > MAX_GAP_FRAMES) this.#open.clear();
    const known = this.#newest !== null && Math.abs(ahead) <= MAX_GAP_FRAMES;
    if (ahead > 0 || !known) {
      for (let gap = known ? ahead - 1 : 0; gap > 0; gap--) this.#open.set((seq - gap) >>> 0, { due, came: 0 });
      this.#newest = seq;
      this.#open.set(seq, { due, came: 1 });
      this.#now.ways.push(wayMs | 0);
      this.#settle(seq);
      return;
    }
    const one = this.#open.get(seq);
    if (one?.came === 0) this.#now.ways.push(wayMs | 0);
    if (one) one.came++;
  }

  /** Handles a pong after `tripMs`; `micMissing` as the gateway reports it, `slow` if audio is still unsent. */
  onPong(micMissing: number, slow: boolean, nowMs: number, tripMs: number): Advice {
    const now = this.#now;
    now.atMs = nowMs;
    now.tripMs = tripMs;
    now.up.lost = Math.max(0, micMissing - (this.#micMissing ?? micMissing));
    this.#micMissing = micMissing;
    if (tripMs < QUICK_MS && now.up.lost + now.down.lost + now.copies.lost > 0) this.#quickLossesMs = [...this.#quickLossesMs, nowMs].slice(-QUICK_LOSSES);
    this.#now = pingInterval();
    this.#applyRobustness(nowMs);
    if (this.isLocal || nowMs < this.#reliefUntilMs) {
      this.#forget();
      this.#slowPings = 0;
      return this.#profile;
    }
    this.#intervals = [...this.#intervals, now].filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    this.#slowPings = slow ? this.#slowPings + 1 : 0;
    if (this.#robustness === "automatic") this.#decide(now, nowMs);
    if (this.#robustness === "low-latency" || !this.#hopeless(nowMs)) return this.#profile;
    this.#avoidUntilMs = nowMs + AVOID_MS;
    return "socket";
  }

  /**
   * Applies the user's choice, which may change in mid-call. "automatic" keeps the current profile until the path is judged.
   */
  #applyRobustness(nowMs: number): void {
    const wish = this.wish();
    if (wish === this.#robustness) return;
    this.#robustness = wish;
    this.#change(wish === "automatic" ? this.#profile : wish === "robust" ? "twice" : "plain", nowMs);
  }

  #decide(last: PingInterval, nowMs: number): void {
    if (this.#profile === "plain") {
      if (this.#slowPings === 0 && !this.#far() && (this.#lossy("up") || this.#lossy("down"))) this.#change("twice", nowMs);
    } else {
      this.#cleanCopies += last.copies.expected;
      if (this.#dirty()) {
        this.#cleanSinceMs = nowMs;
        this.#cleanCopies = 0;
      }
      const longEnough = nowMs - this.#cleanSinceMs >= this.#cleanMs && this.#cleanCopies >= CLEAN_COPIES;
      if (longEnough) this.#change("plain", nowMs);
    }
  }

  /**
   * Whether too much is still missing or late although frames are sent twice, or so much was lost that hardly anything gets
   * through.
   */
  #hopeless(nowMs: number): boolean {
    const stuck = this.#slowPings >= SLOW_PINGS;
    if (stuck && (this.#profile === "twice" || this.#lossy("up") || this.#lossy("down"))) return true;
    if (this.#robustness === "automatic" && this.#far() && (this.#lossy("up") || this.#lossy("down"))) return true;
    if (this.#profile !== "twice" || nowMs - this.#changedAtMs < WINDOW_MS) return false;
    const copies = this.#sum("copies");
    const bad = copies.expected > 0 && copies.lost >= BAD_SHARE * copies.expected;
    return this.#lossy("up") || (bad && (this.#lossy("down") || this.#late()));
  }

  /** Whether the round trip is long, by the quickest ping: a slow one may be caused by this page. */
  #far(): boolean {
    return Math.min(...this.#intervals.map(({ tripMs }) => tripMs)) >= FAR_MS;
  }

  #late(): boolean {
    const quickest = Math.min(...this.#intervals.flatMap(({ ways }) => ways));
    const late = this.#intervals.map(({ ways }) => ways.filter((way) => way - quickest > LATE_MS).length);
    const lost = late.reduce((sum, count) => sum + count, 0);
    const came = this.#intervals.reduce((sum, { ways }) => sum + ways.length, 0);
    return lost >= LOSSY_FRAMES && late.filter((count) => count > 0).length >= LOSSY_PINGS && lost >= LOSSY_SHARE * came;
  }

  #change(profile: Profile, nowMs: number): void {
    this.#profile = profile;
    this.#changedAtMs = nowMs;
    if (profile === "plain") this.#backAtMs = nowMs;
    else this.#cleanMs = nowMs - this.#backAtMs < RELAPSE_MS ? Math.min(2 * this.#cleanMs, MAX_CLEAN_MS) : CLEAN_MS;
    this.#cleanSinceMs = nowMs;
    this.#cleanCopies = 0;
    this.#forget();
  }

  #lossy(way: "up" | "down"): boolean {
    const { expected, lost } = this.#sum(way);
    const pings = this.#intervals.filter((one) => one[way].lost > 0).length;
    return lost >= LOSSY_FRAMES && pings >= LOSSY_PINGS && lost >= LOSSY_SHARE * expected;
  }

  #dirty(): boolean {
    const { expected, lost } = this.#sum("copies");
    return lost > CLEAN_SHARE * expected || this.#sum("up").lost > 0;
  }

  #sum(what: "up" | "down" | "copies"): LossCount {
    return this.#intervals.reduce<LossCount>(
      (sum, one) => ({ expected: sum.expected + one[what].expected, lost: sum.lost + one[what].lost }),
      { expected: 0, lost: 0 },
    );
  }

  #settle(newest: number): void {
    for (const [seq, { due, came }] of this.#open) {
      if (seqDistance(newest, seq) < SETTLED_FRAMES) continue;
      this.#open.delete(seq);
      this.#now.down.expected++;
      if (came === 0) this.#now.down.lost++;
      if (due < 2) continue;
      this.#now.copies.expected += 2;
      this.#now.copies.lost += 2 - Math.min(2, came);
    }
  }

  #forget(): void {
    this.#intervals = [];
    this.#now = pingInterval();
    this.#open.clear();
  }
}

function pingInterval(): PingInterval {
  const none = (): LossCount => ({ expected: 0, lost: 0 });
  return { atMs: 0, tripMs: 0, up: none(), down: none(), copies: none(), ways: [] };
}
