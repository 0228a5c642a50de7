/**
 * Continuous numbering across sessions. A conversation may go through several gateway sessions, each of which numbers its
 * turns, utterances and tool calls from 1. The page sees continuous numbers, so old and new transcript lines, and an old flush
 * and new audio, are never confused. Pure.
 */
import { turnIsAfter } from "../../audio/pcm";
import { HEADER_BYTES, type FromBrowser, type ToBrowser } from "../../types";

/** The counters that a later page needs to continue. */
export interface Numbers {
  /** Number of sessions before this one. */
  readonly sessions: number;
  /** The page's turn and utterance numbers before this session's first. */
  readonly turnsBefore: number;
  readonly wordsBefore: number;
  /** The newest numbers, as the page counts. */
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

  /** Starts the offsets of a new session. */
  onSessionReplaced(): void {
    const { sessions, turn, words } = this.#now;
    this.#now = { sessions: sessions + 1, turnsBefore: turn, wordsBefore: words, turn, words };
  }

  /** Rewrites the turn number of a gateway audio frame in place. */
  renumberFrame(frame: ArrayBuffer): void {
    if (frame.byteLength < HEADER_BYTES) return;
    const view = new DataView(frame);
    const turn = this.#page(view.getUint16(TURN_OFFSET));
    view.setUint16(TURN_OFFSET, turn);
    this.#saw(turn);
  }

  /** A gateway message with the page's numbers. */
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

  /** A page message with the gateway's numbers; null if it refers to a session that is gone. */
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
