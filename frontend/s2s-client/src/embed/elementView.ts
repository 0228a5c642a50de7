/** The element's content: buttons, labels, visualizer and transcript, updated from the state. */
import { WaveLoop } from "../components/visualizer/waveLoop";
import { statusText } from "../components/statusText";
import { canInterrupt, formOf, isOver, linesOf, type Live, type SessionState } from "../state/sessionState";
import { runningTool } from "../state/toolLabels";
import { HoldButton } from "./holdButton";
import type { Labels } from "./labels";
import { dress } from "./styles";
import { make, TranscriptView } from "./transcriptView";
import { MAX_TEXT_CHARS } from "../types";

/** The actions of the view's buttons. */
export interface ViewCallbacks {
  readonly onStart: () => void;
  readonly onCancel: () => void;
  readonly onInterrupt: () => void;
  readonly onMute: () => void;
  readonly onEnd: () => void;
  readonly onTalk: (down: boolean) => void;
  readonly onText: (text: string) => void;
  readonly readMicrophone: (out: Uint8Array<ArrayBuffer>) => void;
  readonly readVoice: (out: Uint8Array<ArrayBuffer>) => void;
}

/** The state to show. */
export interface ViewState {
  readonly state: SessionState;
  readonly canGoOn: boolean;
  readonly speakerMode: boolean;
  readonly captions: boolean;
  readonly labels: Labels;
}

export class ElementView {
  readonly #parts: Parts;
  readonly #wave: WaveLoop;
  readonly #hold: HoldButton;
  readonly #transcript: TranscriptView;
  #labels: Labels | null = null;

  constructor(
    private readonly root: ShadowRoot,
    wishes: ViewCallbacks,
  ) {
    const parts = (this.#parts = build());
    root.replaceChildren(parts.agent);
    dress(root);
    this.#wave = new WaveLoop(parts.wave, { microphone: wishes.readMicrophone, voice: wishes.readVoice });
    this.#hold = new HoldButton(parts.talk, wishes.onTalk);
    this.#transcript = new TranscriptView(parts.transcript);
    parts.start.addEventListener("click", wishes.onStart);
    parts.cancel.addEventListener("click", wishes.onCancel);
    parts.mute.addEventListener("click", wishes.onMute);
    parts.end.addEventListener("click", wishes.onEnd);
    const interrupt = (): void => {
      if (parts.interrupt.ariaDisabled !== "true" && !parts.interrupt.hidden) wishes.onInterrupt();
    };
    parts.interrupt.addEventListener("click", interrupt);
    parts.agent.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") interrupt();
    });
    parts.text.addEventListener("submit", (event) => {
      event.preventDefault();
      const words = parts.input.value.trim();
      if (words !== "") wishes.onText(words);
      parts.input.value = "";
    });
  }

  show(view: ViewState): void {
    const { state, labels } = view;
    if (labels !== this.#labels) this.#say(labels);
    const form = formOf(state);
    this.#parts.agent.dataset["form"] = form;
    this.#wave.show(form);
    this.#showWords(view);
    this.#keepingFocus(() => {
      this.#showButtons(view);
    });
    this.#parts.transcript.hidden = !view.captions;
    if (view.captions) this.#transcript.show(linesOf(state), labels);
  }

  close(): void {
    this.#wave.close();
    this.#hold.close();
  }

  focus(options?: FocusOptions): void {
    this.#successor()?.focus(options);
  }

  #say(labels: Labels): void {
    const { agent, controls, transcript, input, send, interrupt, end, cancel } = this.#parts;
    this.#labels = labels;
    this.#transcript.clear();
    agent.ariaLabel = labels.name;
    controls.ariaLabel = labels.controls;
    transcript.ariaLabel = labels.transcript;
    input.ariaLabel = input.placeholder = labels.type;
    send.textContent = labels.send;
    interrupt.textContent = labels.interrupt;
    end.textContent = labels.end;
    cancel.textContent = labels.cancel;
  }

  #showWords({ state, speakerMode, labels }: ViewState): void {
    const { words, headline, help } = this.#parts;
    const own = headlineOf(state, labels);
    const usual = statusText(state, { outlook: null, speakerMode });
    const said = own === undefined ? usual : { headline: own, help: state.status === "failed" ? usual.help : "" };
    const failed = state.status === "failed";
    words.role = failed ? "alert" : "status";
    words.classList.toggle("alert", failed);
    // Written only if it changed: a live region would read it again.
    if (headline.textContent !== said.headline) headline.textContent = said.headline;
    if (help.textContent !== said.help) help.textContent = said.help;
  }

  #showButtons({ state, canGoOn, labels }: ViewState): void {
    const { start, cancel, end, interrupt, mute, talk, text } = this.#parts;
    const over = isOver(state);
    const live: Live | null = state.status === "live" ? state : null;
    start.hidden = !over;
    start.textContent = canGoOn ? labels.goOn : state.status === "failed" ? labels.tryAgain : labels.start;
    cancel.hidden = state.status !== "failed" || state.retryAtMs === null;
    end.hidden = over;
    for (const part of [interrupt, mute, text]) part.hidden = !live;
    talk.hidden = !live?.pushToTalk;
    // Not `disabled`: a button that was just pressed must not lose keyboard focus.
    interrupt.ariaDisabled = String(!live || !canInterrupt(live));
    mute.ariaPressed = String(live?.muted ?? false);
    mute.textContent = live?.muted ? labels.muted : labels.mute;
    talk.ariaPressed = String(live?.talking ?? false);
    talk.ariaDisabled = String(live?.muted ?? false);
    talk.textContent = live?.talking ? labels.talking : labels.talk;
  }

  /**
   * Keeps keyboard focus when the pressed button disappears: it moves to the button's successor, or, if that one would end the
   * call, to the group of buttons, where Space and Enter do nothing.
   */
  #keepingFocus(change: () => void): void {
    const before = this.root.activeElement;
    change();
    const gone = before instanceof HTMLElement && before !== this.root.activeElement;
    const overtaken = before === this.#parts.controls && !this.#parts.start.hidden;
    if (gone || overtaken || (before instanceof HTMLElement && before.closest("[hidden]"))) this.#successor()?.focus({ preventScroll: true });
  }

  #successor(): HTMLElement | undefined {
    const { controls, start, end } = this.#parts;
    if (start.hidden) return controls;
    return [...controls.querySelectorAll("button")].find((button) => !button.hidden && button !== end);
  }
}

/** The headline. A running tool takes precedence over the phase. */
function headlineOf(state: SessionState, labels: Labels): string | undefined {
  const form = formOf(state);
  const tool = form === "tool" ? runningTool(state) : null;
  const words = tool ? labels.tools[tool.name] : undefined;
  return words === undefined ? labels.phases[form] : `${words}…`;
}

type Parts = ReturnType<typeof build>;

function build() {
  const agent = make("section", "agent");
  // Wrapped: WebKit (seen in 2.50) makes a canvas sized by a share of a flex box's width taller than wide.
  const place = make("div", "place");
  const wave = make("canvas", "wave");
  wave.ariaHidden = "true";
  place.append(wave);
  const words = make("div", "words");
  const [headline, help] = [make("p", "headline"), make("p", "help")];
  words.append(headline, help);
  const controls = make("div", "controls");
  controls.role = "group";
  controls.tabIndex = -1;
  const start = button("start", "primary");
  const talk = button("talk", "hold");
  const interrupt = button("interrupt", "primary");
  const [mute, end, cancel] = [button("mute"), button("end", "danger"), button("cancel")];
  controls.append(start, cancel, talk, interrupt, mute, end);
  const transcript = make("div", "transcript");
  transcript.role = "log";
  transcript.tabIndex = 0;
  const text = make("form", "text");
  const input = make("input", "");
  input.type = "text";
  input.autocomplete = "off";
  input.enterKeyHint = "send";
  input.maxLength = MAX_TEXT_CHARS;
  const send = make("button", "");
  text.append(input, send);
  agent.append(place, words, controls, transcript, text);
  Object.entries({ agent, wave: place, words, controls, transcript, text }).forEach(([name, part]) => {
    part.setAttribute("part", name);
  });
  return { agent, wave, words, headline, help, controls, start, cancel, talk, interrupt, mute, end, transcript, text, input, send };
}

function button(name: string, className = ""): HTMLButtonElement {
  const made = make("button", className);
  made.type = "button";
  made.setAttribute("part", `button ${name}`);
  return made;
}
