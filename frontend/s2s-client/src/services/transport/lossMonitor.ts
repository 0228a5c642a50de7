/**
 * Whether the path loses sound, and so whether every frame should go twice. Pure; time is an argument.
 *
 * It learns with every answered ping. Uplink loss is reported by the gateway (`pong.mic_missing`), the way down by the
 * frames' numbers, before anything is concealed. While all goes twice a lost copy is not heard, but it is counted: the
 * path is clean again when the copies arrive. Why these numbers: docs/decisions/0017-packets.md.
 */
import type { Robustness } from "../../audio/jitterTarget";
import { seqDistance } from "../../audio/turnBuffer";

/** `plain`: one ordered channel; `twice`: unordered, each frame sent a second time three frames later. */
export type Profile = "plain" | "twice";
/** `socket`: WebRTC does not help here; TCP in the system's kernel mends such a path better. */
export type Advice = Profile | "socket";

const WINDOW_MS = 5_000;
const LOSSY_SHARE = 0.01;
/** Fewer than these, or all within one ping, are a hiccup. */
const LOSSY_FRAMES = 3;
const LOSSY_PINGS = 2;
const CLEAN_SHARE = 0.005;
const CLEAN_MS = 30_000;
/** Copies of voice that must have come before the path is believed to be clean: silence proves nothing. */
const CLEAN_COPIES = 500;
/** A path that got bad again so soon after it was called clean must be clean for twice as long. */
const RELAPSE_MS = 60_000;
const MAX_CLEAN_MS = 240_000;
/** Later than the quickest frames by more than this, a frame misses its place: the gateway is 240 ms ahead. */
const LATE_MS = 200;
/** Frames may also be late because this page was busy: only where copies are lost as well it is the network's doing. */
const BAD_SHARE = 0.02;
/**
 * Pings take so long that SCTP, which waits for acknowledgements, cannot carry everything twice once something is lost
 * (measured at 150 ms: a quarter of the speech is lost, buttons take seconds). TCP mends such a path better.
 */
const FAR_MS = 100;
/** For so long WebRTC is not tried again; a later connection may be another network's. */
const AVOID_MS = 60_000;
/**
 * Sound waits unsent at so many pings in a row. Where nothing is lost the line is slow, and more bytes would make it
 * worse; where something is, SCTP has slowed itself down after a burst of losses (measured: for seconds), TCP does not.
 */
const SLOW_PINGS = 2;
/**
 * The voice was asked to be compressed because too much waits: for so long nothing is concluded. What is lost now is lost
 * in front of a slow line, and what waits there must leave first (measured at 200 kbit/s: 6 s).
 */
const RELIEF_MS = 8_000;
/** A frame that is so far behind the newest one will not come any more. */
const SETTLED_FRAMES = 8;
/** More is no loss but another count. */
const MAX_GAP_FRAMES = 250;

/** What happened between two answered pings. */
interface PingInterval {
  atMs: number;
  up: LossCount;
  down: LossCount;
  /** Copies of frames on a channel on which each comes twice. */
  copies: LossCount;
  /** How long the answered ping took. */
  tripMs: number;
  /** How long each frame was on its way, beside a constant, in ms. */
  ways: number[];
}

interface LossCount {
  expected: number;
  lost: number;
}

export class LossMonitor {
  /** There is no network between this page and the gateway: what is missing or late is the busy computer's doing. */
  isLocal = false;
  #robustness: Robustness;
  #profile: Profile;
  #changedAtMs = -Infinity;
  #avoidUntilMs = -Infinity;
  #intervals: PingInterval[] = [];
  #now = pingInterval();
  /** Frames of voice that may still come: how often they should and did. */
  readonly #open = new Map<number, { due: number; came: number }>();
  #newest: number | null = null;
  #micMissing: number | null = null;
  #cleanSinceMs = 0;
  #cleanCopies = 0;
  #cleanMs = CLEAN_MS;
  #backAtMs = -Infinity;
  #slowPings = 0;
  #reliefUntilMs = -Infinity;

  /** `wish`, asked at every ping: as the path needs it, never twice ("low-latency", the fewest bytes), or always. */
  constructor(private readonly wish: () => Robustness) {
    this.#robustness = wish();
    this.#profile = this.#robustness === "robust" ? "twice" : "plain";
  }

  /** What should carry the sound. */
  get profile(): Profile {
    return this.#profile;
  }

  /** Whether another carrier should be tried first. */
  avoidsWebRtc(nowMs: number): boolean {
    return nowMs < this.#avoidUntilMs;
  }

  /** Another connection: what was lost with the old one says nothing about it. */
  restart(): void {
    this.#forget();
    this.#newest = this.#micMissing = null;
    this.#slowPings = 0;
  }

  /** From now on the voice is to be a few times smaller. */
  onRelief(nowMs: number): void {
    this.#reliefUntilMs = nowMs + RELIEF_MS;
  }

  /** A frame of the microphone was sent. */
  onFrameSent(): void {
    this.#now.up.expected++;
  }

  /** A frame of voice came, or came again, by a channel of that profile; `wayMs` is since the gateway's clock on it. */
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

  /** A ping was answered, `tripMs` later; `micMissing` as the gateway tells it, `slow` where sound waits unsent. */
  onPong(micMissing: number, slow: boolean, nowMs: number, tripMs: number): Advice {
    const now = this.#now;
    now.atMs = nowMs;
    now.tripMs = tripMs;
    now.up.lost = Math.max(0, micMissing - (this.#micMissing ?? micMissing));
    this.#micMissing = micMissing;
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

  /** The person may change their mind in mid-call. Who leaves it to the page keeps what is, until the path is judged. */
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

  /** Everything goes twice, and still too much is missing or late; or so much was lost that hardly anything goes. */
  #hopeless(nowMs: number): boolean {
    const stuck = this.#slowPings >= SLOW_PINGS;
    if (stuck && (this.#profile === "twice" || this.#lossy("up") || this.#lossy("down"))) return true;
    if (this.#robustness === "automatic" && this.#far() && (this.#lossy("up") || this.#lossy("down"))) return true;
    if (this.#profile !== "twice" || nowMs - this.#changedAtMs < WINDOW_MS) return false;
    const copies = this.#sum("copies");
    const bad = copies.expected > 0 && copies.lost >= BAD_SHARE * copies.expected;
    return this.#lossy("up") || (bad && (this.#lossy("down") || this.#late()));
  }

  /** By the quickest ping: a slow one may be this page's doing. */
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
