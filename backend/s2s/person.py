"""The person's side of the conversation: when they speak, what they said, whether an answer is due."""

from s2s import wire
from s2s.audio import SpeechEdge, SpeechMeter
from s2s.effects import Journal, TalkEffect, Tell

# After this long without a sign of an answer the face goes from thinking back to listening.
ANSWER_PATIENCE_S = 8.0


class Person:
    """Gathers transcript pieces into utterances.

    Upstream promises no order for them: a piece may come after the answer has begun, even after it ended. So an
    utterance is finished only when the model has answered and the person has been heard again.
    """

    def __init__(self) -> None:
        self.answer_due_until: float | None = None
        self.speech_ended_at: float | None = None
        """When the person last stopped speaking, by the gateway's own measure."""
        self.key_down = False
        """They hold the talk button."""
        self._meter = SpeechMeter()
        self._id = 0
        self._text = ""
        self._guess = ""
        self._final = True
        self._heard_again = True
        self._logged_chars = 0

    @property
    def speaking(self) -> bool:
        """By the gateway's own measure."""
        return self._meter.speaking

    @property
    def has_floor(self) -> bool:
        """They speak, or hold the talk button."""
        return self.speaking or self.key_down

    @property
    def unanswered_words(self) -> bool:
        """Whether upstream has understood words that were not answered yet."""
        return not self._final and bool(self._text.strip())

    @property
    def unwritten(self) -> str:
        """Words that are not in the conversation log yet."""
        return self._text[self._logged_chars :].strip()

    def hear(self, pcm: bytes, now: float) -> SpeechEdge | None:
        """One microphone frame; answers the edge of speech that it is."""
        edge = self._meter.hear(pcm, now)
        if edge is None:
            return None
        if edge.started:
            self._heard_again = True
            self.answer_due_until = None
        else:
            self.expect_answer(now)
            self.speech_ended_at = edge.at
        return edge

    def expect_answer(self, now: float) -> None:
        """The person has finished something that deserves an answer."""
        self.answer_due_until = now + ANSWER_PATIENCE_S

    def took_floor(self) -> None:
        """Upstream, or a push-to-talk key, says that the person speaks."""
        self._heard_again = True
        self.answer_due_until = None

    def fall_silent(self, now: float) -> None:
        """The microphone was closed."""
        if self._meter.speaking:
            self.expect_answer(now)
            self.speech_ended_at = now
        self._meter.fall_silent()

    def said(self, piece: str, now: float, interim: bool = False) -> list[TalkEffect]:
        """A transcript piece, or a guess at the next; the person's words so far go to the browser."""
        effects: list[TalkEffect] = []
        if self._final and self._heard_again:
            effects += self.write_down()
            self._id += 1
            self._text, self._final, self._heard_again, self._logged_chars = "", False, False, 0
        self._guess = f"{piece} " if interim and not self._final else ""
        if not interim:
            self._text += piece
        if not interim and not self._final and not self._meter.speaking:
            self.expect_answer(now)
        return [*effects, self._told()] if self._words else effects

    def typed(self, text: str, now: float) -> list[TalkEffect]:
        """Typed words are an utterance of their own."""
        effects = self.answered() + self.write_down()
        self._id += 1
        self._text, self._final, self._heard_again, self._logged_chars, self._guess = text, True, True, 0, ""
        self.expect_answer(now)
        self.speech_ended_at = now
        return [*effects, self._told()]

    def asked_before(self, text: str) -> None:
        """Words of an earlier session that nobody has answered: the browser knows them, the log does not."""
        self._text, self._logged_chars = text, 0

    def answered(self) -> list[TalkEffect]:
        """The model has begun to answer, or called a function: the words so far stand."""
        self.answer_due_until = None
        if self._final:
            return []
        self._final = True
        return [self._told()] if self._words else []

    def said_again(self) -> None:
        """What was not answered is said to another session: its words come once more and replace these."""
        if not self._final:
            self._text, self._guess = self._text[: self._logged_chars], ""

    def left(self) -> list[TalkEffect]:
        """The session ends: nothing more will come."""
        return self.answered() + self.write_down()

    def _told(self) -> Tell:
        return Tell(wire.UserTranscript(id=self._id, text=self._words, final=self._final))

    @property
    def _words(self) -> str:
        """What the person is shown."""
        return f"{self._text.rstrip()} {self._guess.strip()}".strip() if self._guess else self._text.strip()

    def write_down(self) -> list[TalkEffect]:
        """The words that came since the last time, for the conversation log. Late pieces get a line of their own."""
        text = self._text[self._logged_chars :].strip()
        self._logged_chars = len(self._text)
        return [Journal("user", text)] if text else []
