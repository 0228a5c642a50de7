/**
 * `<s2s-voice-agent>`: a voice conversation on any page, by one script tag.
 *
 * Attributes are strings, properties are objects, and events are dispatched as DOM events prefixed with "s2s-".
 * docs/embedding.md lists them all.
 */
import { isOver, type SessionState } from "../state/sessionState";
import type { Line } from "../state/transcript";
import { ElementView } from "./elementView";
import { gatewayUrl } from "./gatewayUrl";
import { LABELS, type Labels } from "./labels";
import { SESSION_EVENTS, type SessionEvents, type SessionPhase } from "./sessionEvents";
import { createSession, type SessionSettings, type TokenSource, type VoiceSession } from "./s2s-client";

export type { Labels } from "./labels";
export type { SessionEventName, SessionEvents, SessionPhase, SessionSettings, TokenSource } from "./s2s-client";

/** Names and details of the element's events: those of the session, prefixed with "s2s-". They bubble. */
export type VoiceAgentEvents = { [Name in keyof SessionEvents as `s2s-${Name}`]: CustomEvent<SessionEvents[Name]> };

type ByAttribute = "voice" | "language" | "instruction" | "turnTaking" | "transport";

/** Maps each attribute to its setting, and to the value without the attribute. */
const ATTRIBUTES: Readonly<Record<string, readonly [ByAttribute, string]>> = {
  voice: ["voice", ""],
  language: ["language", ""],
  instruction: ["instruction", ""],
  "turn-taking": ["turnTaking", "automatic"],
  transport: ["transport", "automatic"],
};
const PROPERTIES = ["gateway", "labels", "settings", "token", "getToken"] as const;
const FROM = gatewayUrl(import.meta.url);

/** In server-side rendering there are no elements; importing this must do no harm there. */
const Base = "HTMLElement" in globalThis ? HTMLElement : (Object as unknown as typeof HTMLElement);

export class S2SVoiceAgentElement extends Base {
  static readonly observedAttributes = ["gateway", "captions", "token", ...Object.keys(ATTRIBUTES)];

  #session: VoiceSession | null = null;
  #gateway = "";
  #face: ElementView | null = null;
  #labels = LABELS;
  #settings: Partial<SessionSettings> = {};

  /** Fetches what proves who calls, whenever it is needed; see `createSession`. It takes precedence over `token`. */
  getToken: TokenSource | null = null;

  /** What proves who calls, for a gateway that wants to know: a join token from the page's own server. */
  get token(): string {
    return this.getAttribute("token") ?? "";
  }

  set token(token: string) {
    this.setAttribute("token", token);
  }

  /** The gateway's address; without one, where this script came from. A change applies to the next conversation. */
  get gateway(): string {
    return this.getAttribute("gateway") ?? FROM;
  }

  set gateway(url: string) {
    this.setAttribute("gateway", url);
  }

  /** Texts in other words or another language. What is left out stays as it is. */
  get labels(): Labels {
    return this.#labels;
  }

  set labels(labels: Partial<Labels>) {
    this.#labels = { ...LABELS, ...labels };
    this.#show();
  }

  /** The conversation's settings. Attributes take precedence. Throws TypeError for an invalid value. */
  get settings(): Partial<SessionSettings> {
    return this.#settings;
  }

  set settings(settings: Partial<SessionSettings>) {
    this.#settings = settings;
    this.#session?.changeSettings(this.#wished());
  }

  get state(): SessionState {
    return this.#ready().state;
  }

  get phase(): SessionPhase {
    return this.#ready().phase;
  }

  /** The transcript, oldest first. */
  get lines(): readonly Line[] {
    return this.#ready().lines;
  }

  /**
   * Starts a conversation. Call it in a click: browsers open microphone and audio only then. Continues a conversation that
   * broke off. Never rejects.
   */
  start(): Promise<void> {
    const session = this.#ready();
    return session.canGoOn ? session.goOn() : session.start();
  }

  /** Ends the conversation and releases the microphone. */
  stop(): void {
    this.#session?.end();
  }

  /** Silences the model at once. */
  interrupt(): void {
    this.#session?.interrupt();
  }

  setMuted(muted: boolean): void {
    this.#session?.setMuted(muted);
  }

  /** Sends typed text during a conversation. */
  sendText(text: string): void {
    this.#session?.sendText(text);
  }

  /** Moves keyboard focus to the first button. */
  override focus(options?: FocusOptions): void {
    this.#face?.focus(options);
  }

  connectedCallback(): void {
    // A page may have set them before this script was loaded.
    for (const name of PROPERTIES) this.#take(name);
    if (this.#face) return;
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    this.#face = new ElementView(root, {
      onStart: () => void this.start(),
      onCancel: () => this.#session?.cancelRetry(),
      onInterrupt: () => { this.interrupt(); },
      onMute: () => { this.setMuted(!(this.state.status === "live" && this.state.muted)); },
      onEnd: () => { this.stop(); },
      onTalk: (down) => this.#session?.talk(down),
      onText: (text) => { this.sendText(text); },
      readMicrophone: (out) => { if (this.#session) this.#session.readMicrophone(out); else out.fill(0); },
      readVoice: (out) => { if (this.#session) this.#session.readVoice(out); else out.fill(0); },
    });
    this.#show();
  }

  disconnectedCallback(): void {
    // An element that is only moved is back before this runs.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#session?.close();
      this.#session = null;
      this.#face?.close();
      this.#face = null;
    });
  }

  attributeChangedCallback(name: string): void {
    if (name in ATTRIBUTES) this.#session?.changeSettings(this.#wished());
    else this.#show();
  }

  /** The session; a new one if the gateway has changed and no call is active. */
  #ready(): VoiceSession {
    const { gateway } = this;
    if (this.#session && (gateway === this.#gateway || !isOver(this.#session.state))) return this.#session;
    this.#session?.close();
    this.#gateway = gateway;
    const session = (this.#session = createSession({ gateway, settings: this.#wished(), getToken: (last) => this.getToken?.(last) ?? this.token }));
    for (const name of SESSION_EVENTS) {
      session.on(name, (detail) => {
        if (name === "state") this.#show();
        this.dispatchEvent(new CustomEvent(`s2s-${name}`, { detail, bubbles: true, composed: true }));
      });
    }
    return session;
  }

  #wished(): Partial<SessionSettings> {
    const own = Object.entries(ATTRIBUTES).filter(([name, [setting]]) => this.hasAttribute(name) || !(setting in this.#settings));
    const byAttribute = own.map(([name, [setting, usual]]) => [setting, this.getAttribute(name) ?? usual]);
    return { ...this.#settings, ...Object.fromEntries(byAttribute) } as Partial<SessionSettings>;
  }

  #show(): void {
    if (!this.#face) return;
    const session = this.#ready();
    this.#face.show({
      state: session.state,
      canGoOn: session.canGoOn,
      speakerMode: session.settings.speakerMode,
      captions: this.getAttribute("captions") !== "off",
      labels: this.#labels,
    });
  }

  #take(name: (typeof PROPERTIES)[number]): void {
    const early = Object.getOwnPropertyDescriptor(this, name);
    if (!early) return;
    Reflect.deleteProperty(this, name);
    Reflect.set(this, name, early.value);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "s2s-voice-agent": S2SVoiceAgentElement;
  }
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it joins the names above to the browser's own
  interface HTMLElementEventMap extends VoiceAgentEvents {}
}

const registry = (globalThis as { customElements?: CustomElementRegistry }).customElements;
// A page may load the script twice.
if (registry && !registry.get("s2s-voice-agent")) registry.define("s2s-voice-agent", S2SVoiceAgentElement);
