/**
 * A conversation may go through several sessions at the gateway, one after the other, and each counts its turns,
 * utterances and functions from 1. Towards the page they go on counting, so that an old line and a new one, an old
 * dead line and a new voice, are never taken for each other. Pure.
 */
import { turnIsAfter } from "../../audio/pcm";
import { HEADER_BYTES, type FromBrowser, type ToBrowser } from "../../types";

/** What a later page needs to go on counting. */
export interface Numbers {
  /** How many sessions there were before this one. */
  readonly sessions: number;
  /** The page's number of the turn and the utterance before this session's first. */
  readonly turnsBefore: number;
  readonly wordsBefore: number;
  /** The newest ones, by the page's numbers. */
  readonly turn: number;
  readonly words: number;
}

export const FIRST_NUMBERS: Numbers = { sessions: 0, turnsBefore: 0, wordsBefore: 0, turn: 0, words: 0 };

const TURNS = 0x10000;
const TURN_OFFSET = 2;

export class TurnNumbering {
  #now: Numbers;

  constructor(before: Numbers = FIRST_NUMBERS) {
    this.#now = before;
  }

  get numbers(): Numbers {
    return this.#now;
  }

  /** From here on a new session is heard. */
  onSessionReplaced(): void {
    const { sessions, turn, words } = this.#now;
    this.#now = { sessions: sessions + 1, turnsBefore: turn, wordsBefore: words, turn, words };
  }

  /** A voice frame of the gateway; its turn is renamed in place. */
  renumberFrame(frame: ArrayBuffer): void {
    if (frame.byteLength < HEADER_BYTES) return;
    const view = new DataView(frame);
    const turn = this.#page(view.getUint16(TURN_OFFSET));
    view.setUint16(TURN_OFFSET, turn);
    this.#saw(turn);
  }

  /** A message of the gateway, with the page's numbers. */
  fromGateway(message: ToBrowser): ToBrowser {
    if ("turn" in message) {
      const turn = this.#page(message.turn);
      this.#saw(turn);
      return { ...message, turn };
    }
    switch (message.type) {
      case "user_transcript": {
        const id = message.id + this.#now.wordsBefore;
        this.#now = { ...this.#now, words: Math.max(this.#now.words, id) };
        return { ...message, id };
      }
      case "tool_call":
      case "tool_result":
        return { ...message, id: this.#now.sessions === 0 ? message.id : `${message.id} (${this.#now.sessions})` };
      default:
        return message;
    }
  }

  /** A message of the page, with the gateway's numbers; null where it is about a session that is gone. */
  toGateway<Message extends FromBrowser>(message: Message): Message | null {
    if (!("turn" in message)) return message;
    const { sessions, turnsBefore } = this.#now;
    if (sessions > 0 && !turnIsAfter(message.turn, turnsBefore)) return null;
    return { ...message, turn: (message.turn - turnsBefore) & (TURNS - 1) };
  }

  #page(turn: number): number {
    return (turn + this.#now.turnsBefore) & (TURNS - 1);
  }

  #saw(turn: number): void {
    if (turnIsAfter(turn, this.#now.turn)) this.#now = { ...this.#now, turn };
  }
}
