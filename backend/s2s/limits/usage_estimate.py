"""Estimate a conversation's tokens, for services that do not report theirs. Pure.

Sources: 25 tokens per second of audio in both directions, and the whole context again on every turn (Google's Live API
best practices; measured, discuss.ai.google.dev 173248); 4 characters per token; 272 tokens per image (recorded on
gemini-3.8-live); 258 per video frame (Google's page on tokens); about 300 for an empty session (recorded on
gemini-3.8-live).
"""

from dataclasses import dataclass, replace

from s2s.core.effects import (
    Dial,
    Effect,
    PromptReply,
    Redial,
    SendContext,
    SendImage,
    SendText,
    SendToolResponse,
    SendVideoFrame,
)
from s2s.core.events import ModelAudio, ToolCalled, UsageCounted
from s2s.core.observer import SessionEvent
from s2s.upstream.codec.setup_message import SessionConfig

TOKENS_PER_S = 25
CHARS_PER_TOKEN = 4
PICTURE_TOKENS = 272
FRAME_TOKENS = 258
EMPTY_SESSION_TOKENS = 300
DEFAULT_TRIGGER_TOKENS = 104_857
"""The service's default trigger for compressing a context of 131,072 tokens: 80 %."""
_INPUT_BYTES_PER_S = 32_000
_OUTPUT_BYTES_PER_S = 48_000


@dataclass(frozen=True, slots=True)
class EstimatedTurn:
    """Estimated usage of one turn, as the service would have counted it."""

    usage: UsageCounted
    new_tokens: int
    """Tokens that this turn added, without the context from earlier turns."""


@dataclass(slots=True)
class _TokenKinds:
    text: float = 0.0
    audio: float = 0.0
    image: float = 0.0
    video: float = 0.0

    @property
    def total(self) -> float:
        return self.text + self.audio + self.image + self.video

    def plus(self, other: "_TokenKinds") -> "_TokenKinds":
        return _TokenKinds(
            self.text + other.text, self.audio + other.audio, self.image + other.image, self.video + other.video
        )

    def minus(self, other: "_TokenKinds") -> "_TokenKinds":
        return _TokenKinds(
            self.text - other.text, self.audio - other.audio, self.image - other.image, self.video - other.video
        )


class UsageEstimate:
    """Estimator of one session, fed with the model's input and output."""

    def __init__(self, *, preamble_chars: int = 0, trigger_tokens: int = 0, target_tokens: int = 0) -> None:
        """`preamble_chars`: length of the system instruction and function declarations. `trigger_tokens` and
        `target_tokens`: context compression as in setup, 0 for the service's default."""
        self._preamble = EMPTY_SESSION_TOKENS + preamble_chars / CHARS_PER_TOKEN
        self._trigger = trigger_tokens or DEFAULT_TRIGGER_TOKENS
        self._target = (target_tokens if trigger_tokens else 0) or self._trigger // 2
        self._context = _TokenKinds(text=self._preamble)
        self._uncounted_preamble = self._preamble
        self._counted: _TokenKinds | None = None
        self._in = _TokenKinds()
        self._out = _TokenKinds()
        self._counted_in = _TokenKinds()
        """The part of `_in` that a count of the current turn contains."""
        self._counted_out = _TokenKinds()
        self._is_asked = False
        """Something that the model answers at once was sent since the last turn."""

    def add_user_audio(self, pcm_bytes: int) -> None:
        """Add user audio that was sent to the model: PCM16 mono, 16 kHz."""
        self._in.audio += pcm_bytes / _INPUT_BYTES_PER_S * TOKENS_PER_S

    def on_effect(self, effect: Effect) -> None:
        """Add other input to the model; a dial without a resumption handle starts an empty context."""
        if isinstance(effect, SendText | PromptReply | SendToolResponse) or (
            isinstance(effect, SendImage) and effect.text
        ):
            self._is_asked = True
        match effect:
            case SendText(text=text) | SendContext(text=text) | PromptReply(text=text):
                self._in.text += len(text) / CHARS_PER_TOKEN
            case SendImage(text=text):
                self._in.image += PICTURE_TOKENS
                self._in.text += len(text) / CHARS_PER_TOKEN
            case SendVideoFrame():
                self._in.video += FRAME_TOKENS
            case SendToolResponse(response=response):
                self._in.text += len(str(response)) / CHARS_PER_TOKEN
            case Dial(handle=handle, history=history) | Redial(handle=handle, history=history):
                if handle is None:
                    self._context, self._counted = _TokenKinds(text=self._preamble), None
                self._in.text += sum(len(turn.text) for turn in history) / CHARS_PER_TOKEN
            case _:
                pass

    def on_model_output(self, event: SessionEvent) -> None:
        """Add output of the model: audio or a function call."""
        match event:
            case ModelAudio(pcm=pcm):
                self._out.audio += len(pcm) / _OUTPUT_BYTES_PER_S * TOKENS_PER_S
            case ToolCalled(name=name, args=args):
                self._out.text += (len(name) + len(str(args))) / CHARS_PER_TOKEN
            case _:
                pass

    def end_turn(self) -> EstimatedTurn | None:
        """End the current turn and return its estimate; None if the model produced no output."""
        new, answer = self._in, self._out
        if not answer.total:
            return None
        prompt = self._shortened(self._context.plus(new))
        preamble = self._uncounted_preamble
        self._in, self._out = _TokenKinds(), _TokenKinds()
        self._counted_in, self._counted_out = _TokenKinds(), _TokenKinds()
        self._context = self._counted or prompt.plus(answer)
        self._counted = None
        self._is_asked = False
        self._uncounted_preamble = 0.0
        return _estimated(prompt, answer, preamble + new.total + answer.total)

    def uncounted(self) -> EstimatedTurn | None:
        """Return what has passed of the current turn and is in no count yet; None if nothing has.

        The context is part of it from when the model answers, or has been asked to: it is billed for each answer.
        """
        new, answer = self._in.minus(self._counted_in), self._out.minus(self._counted_out)
        if not (new.total or answer.total):
            return None
        if self._counted is not None or not (answer.total or self._is_asked):
            return _estimated(new, answer, new.total + answer.total)
        prompt = self._shortened(self._context.plus(self._in))
        return _estimated(prompt, answer, self._uncounted_preamble + new.total + answer.total)

    def end_last_turn(self) -> EstimatedTurn | None:
        """End the current turn for good, answered or not, and return what is in no count; None if nothing is."""
        rest = self.uncounted()
        self._in, self._out = _TokenKinds(), _TokenKinds()
        self._counted_in, self._counted_out = _TokenKinds(), _TokenKinds()
        self._counted, self._is_asked = None, False
        return rest

    @property
    def is_answer_uncounted(self) -> bool:
        """Whether the model answers, or has been asked to, and the service has not counted all of it."""
        return self._is_asked or self._out.total > self._counted_out.total

    def next_exchange(self, seconds: float) -> EstimatedTurn:
        """Return the cost of one more turn: the context, and so many seconds of audio from each side."""
        spoken = _TokenKinds(audio=seconds * TOKENS_PER_S)
        prompt = self._shortened(self._context.plus(self._in).plus(spoken))
        return _estimated(prompt, spoken, self._uncounted_preamble + 2 * spoken.total)

    def correct(self, *, text: int, audio: int, image: int, video: int) -> None:
        """Replace the estimated context with the service's own count of it, made after the current or the last turn."""
        known = _TokenKinds(text, audio, image, video)
        self._uncounted_preamble = 0.0
        self._is_asked = False
        if self._out.total:
            self._counted = known
            self._counted_in, self._counted_out = replace(self._in), replace(self._out)
        else:
            self._context, self._in = known, _TokenKinds()

    def _shortened(self, context: _TokenKinds) -> _TokenKinds:
        if context.total <= self._trigger:
            return context
        kept = max(0.0, self._target - self._preamble) / max(1.0, context.total - self._preamble)
        rest = max(0.0, context.text - self._preamble)
        return _TokenKinds(
            self._preamble + rest * kept, context.audio * kept, context.image * kept, context.video * kept
        )


def _estimated(prompt: _TokenKinds, answer: _TokenKinds, new_tokens: float) -> EstimatedTurn:
    usage = UsageCounted(
        round(prompt.total),
        round(answer.total),
        round(prompt.total) + round(answer.total),
        prompt_text_tokens=round(prompt.text),
        response_text_tokens=round(answer.text),
        prompt_image_tokens=round(prompt.image),
        prompt_video_tokens=round(prompt.video),
    )
    return EstimatedTurn(usage, round(new_tokens))


def estimate_for(config: SessionConfig) -> UsageEstimate:
    """Return an estimator for a session with this configuration."""
    return UsageEstimate(
        preamble_chars=len(config.system_instruction) + sum(len(str(tool)) for tool in config.tools),
        trigger_tokens=config.compression_trigger_tokens,
        target_tokens=config.compression_target_tokens,
    )
