"""The model's side of the conversation: its turns, their audio and transcript, and how much of them was heard."""

from collections import deque
from dataclasses import dataclass, field

from s2s import wire
from s2s.core.deadlines import earliest
from s2s.core.effects import ConversationEffect, LogTranscript, SendToBrowser
from s2s.core.playout import FlushedTurn, Playout
from s2s.core.texts.prompts import cut_note
from s2s.core.transcript_alignment import AlignedTranscript
from s2s.unicode_text import count_words

# How long the browser's last `played` report may take after a flush before the estimate counts.
CUT_REPORT_TIMEOUT_S = 1.0
# One or two missing words are not worth a note: the model's own record of a cut answer is no better than that.
MIN_UNHEARD_WORDS = 3


@dataclass(slots=True)
class _CutTurn:
    """A flushed turn that waits for the browser's report of how much of it was heard."""

    cut: FlushedTurn
    transcript: AlignedTranscript
    until: float
    notifies_model: bool = True


@dataclass(slots=True)
class _OpenTurn:
    """What is known of a turn that is not over yet."""

    transcript: AlignedTranscript = field(default_factory=AlignedTranscript)
    voice_bytes: int = 0
    end_sent: bool = False
    broken_off: bool = False
    """Its audio ended early, perhaps in the middle of a word."""

    @property
    def whole_words(self) -> str:
        """The transcript, without a last word whose audio may be incomplete."""
        voice_ms, text = self.voice_bytes // 48, self.transcript.text
        return text[: self.transcript.heard_chars(voice_ms - 1, voice_ms)] if self.broken_off else text


class ModelSpeech:
    """Numbers the model's turns, paces their audio and accounts for every millisecond of it."""

    def __init__(self, lead_ms: int) -> None:
        self.turn = 0
        """Newest turn, u16. 0 before the first."""
        self._playout = Playout(lead_ms)
        self._open_turns: dict[int, _OpenTurn] = {}
        self._cut_turns: deque[_CutTurn] = deque()
        self.cut_heard: str | None = None
        """What was heard of the audio that was flushed last; None: not known, or there was no text."""
        self._cut_note = ""

    # --- model output ---

    def start_turn(self) -> None:
        """Begin a new turn."""
        self.turn = (self.turn + 1) & 0xFFFF
        self._open_turns[self.turn] = _OpenTurn()

    def append_audio(self, pcm: bytes) -> None:
        """Add audio to the newest turn."""
        self._open_turns[self.turn].voice_bytes += len(pcm)
        self._playout.push(self.turn, pcm)

    def append_transcript(self, text: str) -> list[ConversationEffect]:
        """Add a piece of transcript to the newest turn."""
        record = self._open_turns[self.turn]
        at_ms = record.voice_bytes // 48
        record.transcript.append_piece(text, at_ms)
        return [SendToBrowser(wire.ModelTranscript(turn=self.turn, text=text, at_ms=at_ms))]

    def truncate_turn(self, at_ms: int) -> list[ConversationEffect]:
        """End the newest turn at `at_ms`, or where it has been sent to."""
        self._playout.truncate_turn(self.turn, at_ms)
        return self.close_turn()

    def break_off_turn(self) -> list[ConversationEffect]:
        """End the newest turn because the socket was lost."""
        if self.turn in self._open_turns:
            self._open_turns[self.turn].broken_off = True
        return self.close_turn()

    def close_turn(self) -> list[ConversationEffect]:
        """End the newest turn. A turn without audio is over at once."""
        self._playout.end_turn(self.turn)
        record = self._open_turns.get(self.turn)
        if record is None or record.voice_bytes:
            return []
        del self._open_turns[self.turn]
        return [SendToBrowser(wire.TurnEnd(turn=self.turn, voice_ms=0)), *_log_line(record.transcript.text, "")]

    # --- the browser ---

    def is_audible(self) -> bool:
        """Return whether any audio is on its way or may not have been heard completely."""
        return bool(self._playout.unheard_turns())

    def is_dry(self, now: float) -> bool:
        """Return whether all audio that came so far was heard, although more may come."""
        return self._playout.is_dry(now)

    def audible_turn(self) -> int:
        """Return the turn that is heard now; in silence, the newest."""
        turns = self._playout.unheard_turns()
        return turns[0] if turns else self.turn

    def heard_ms(self, turn: int, now: float) -> int:
        return self._playout.heard_ms(turn, now)

    def is_playing(self, turn: int) -> bool:
        """Return whether the user may still be hearing `turn`."""
        return turn in self._playout.unheard_turns()

    def set_browser_present(self, here: bool, now: float) -> None:
        """Hold audio while no browser is attached. When one is, send again what may not have been heard, and the turn
        ends."""
        if not here:
            self._playout.hold()
        else:
            self._playout.resend_unreported(now)
            for record in self._open_turns.values():
                record.end_sent = False

    def on_browser_alive(self, now: float) -> None:
        """Note that anything came from the browser."""
        self._playout.on_browser_alive(now)

    def set_round_trip(self, ms: int) -> None:
        """Set the round trip time to the browser."""
        self._playout.set_round_trip(ms)

    def on_played_report(self, turn: int, ms: int, now: float) -> list[ConversationEffect]:
        """Take the browser's report. For a flushed turn it is the last one."""
        for waiting in self._cut_turns:
            if waiting.cut.turn == turn:
                self._cut_turns.remove(waiting)
                return self._finish_cut(waiting, min(ms + waiting.cut.report_offset_ms, waiting.cut.voice_ms))
        self._playout.on_played_report(turn, ms, now)
        return []

    def flush(self, now: float) -> list[ConversationEffect]:
        """Stop playback now."""
        effects: list[ConversationEffect] = []
        self.cut_heard = None
        for cut in self._playout.flush(now):
            record = self._open_turns.pop(cut.turn, _OpenTurn())
            self._cut_turns.append(_CutTurn(cut, record.transcript, now + CUT_REPORT_TIMEOUT_S))
            effects.append(SendToBrowser(wire.Flush(turn=cut.turn, heard_ms=cut.heard_ms)))
        return effects

    def pop_cut_note(self) -> str:
        """Return what the model should know about the answer that was cut last, once; empty: nothing."""
        note, self._cut_note = self._cut_note, ""
        return note

    @property
    def has_cut_note(self) -> bool:
        """Whether the model should learn how much was heard of the answer that was cut last."""
        return bool(self._cut_note)

    def suppress_cut_notes(self) -> None:
        """Send no notes on what was flushed: it is asked for again, and a note would only interrupt that."""
        for waiting in self._cut_turns:
            waiting.notifies_model = False

    def close(self, now: float) -> list[ConversationEffect]:
        """End the session: what was not heard by now never will be."""
        effects = self.flush(now)
        while self._cut_turns:
            waiting = self._cut_turns.popleft()
            effects += self._finish_cut(waiting, waiting.cut.heard_ms)
        return effects

    # --- time ---

    def advance(self, now: float) -> list[ConversationEffect]:
        """Return frames that may leave, turn ends that are due, and turns that were heard completely or never
        reported."""
        effects: list[ConversationEffect] = [*self._playout.pop_due_frames(now)]
        for turn in self._playout.unheard_turns():
            sent, record = self._playout.fully_sent_turn(turn), self._open_turns[turn]
            if sent and not record.end_sent:
                record.end_sent = True
                effects.append(SendToBrowser(wire.TurnEnd(turn=turn, voice_ms=sent.voice_ms)))
        for heard in self._playout.pop_heard_turns(now):
            record = self._open_turns.pop(heard.turn)
            effects += _log_line(record.whole_words, record.transcript.text[len(record.whole_words) :])
        while self._cut_turns and self._cut_turns[0].until <= now:
            waiting = self._cut_turns.popleft()
            effects += self._finish_cut(waiting, waiting.cut.heard_ms)
        return effects

    def deadline(self) -> float | None:
        """Return when `advance` has something to do without another event."""
        cut_until = self._cut_turns[0].until if self._cut_turns else None
        return earliest(self._playout.deadline(), self._playout.next_turn_heard_at(), cut_until)

    def unsent_bytes(self) -> int:
        return self._playout.unsent_bytes()

    def unlogged_turns(self) -> list[str]:
        """Return transcripts of turns that are not in the conversation log yet, oldest first. The last word of a turn
        that was broken off is left out if it may have been cut: half a word is better repeated than lost."""
        texts = [waiting.transcript.text for waiting in self._cut_turns]
        texts += [record.whole_words for record in self._open_turns.values()]
        return [text.strip() for text in texts if text.strip()]

    def _finish_cut(self, waiting: _CutTurn, heard_ms: int) -> list[ConversationEffect]:
        text = waiting.transcript.text
        chars = waiting.transcript.heard_chars(heard_ms, waiting.cut.voice_ms)
        if text.strip():
            self.cut_heard = f"{self.cut_heard or ''} {text[:chars].strip()}".strip()
        report = SendToBrowser(wire.Heard(turn=waiting.cut.turn, ms=heard_ms, chars=chars))
        if waiting.notifies_model and count_words(text[chars:]) >= MIN_UNHEARD_WORDS:
            self._cut_note = cut_note(text[:chars].strip())
        return [report, *_log_line(text[:chars], text[chars:])]


def _log_line(heard: str, unheard: str) -> list[ConversationEffect]:
    heard, unheard = heard.strip(), unheard.strip()
    if not heard and not unheard:
        return []
    return [LogTranscript("model", f"{heard} [cut off, not heard: {unheard}]" if unheard else heard)]
