"""Estimate a conversation's tokens, for services that do not report theirs. Pure.

Sources: 25 tokens a second of sound both ways and the whole context again on every turn (Google's Live API best
practices; measured, discuss.ai.google.dev 173248); 4 characters a token; 272 a picture (recorded on gemini-3.8-live);
258 a frame of video (Google's page on tokens); about 300 of an empty session (recorded on gemini-3.8-live).
"""

from dataclasses import dataclass

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
"""Where the service shortens a context of 131,072 tokens by default: at 80 %."""
_INPUT_BYTES_PER_S = 32_000
_OUTPUT_BYTES_PER_S = 48_000


@dataclass(frozen=True, slots=True)
class EstimatedTurn:
    """What the service would have counted."""

    usage: UsageCounted
    new_tokens: int
    """Without what earlier turns have left in the context."""


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


class UsageEstimate:
    """One session's. Fed with what comes from the model and what goes to it."""

    def __init__(self, *, preamble_chars: int = 0, trigger_tokens: int = 0, target_tokens: int = 0) -> None:
        """`preamble_chars`: of instruction and functions. Trigger and target: as setup has them."""
        self._preamble = EMPTY_SESSION_TOKENS + preamble_chars / CHARS_PER_TOKEN
        self._trigger = trigger_tokens or DEFAULT_TRIGGER_TOKENS
        self._target = (target_tokens if trigger_tokens else 0) or self._trigger // 2
        self._context = _TokenKinds(text=self._preamble)
        self._uncounted_preamble = self._preamble
        self._counted: _TokenKinds | None = None
        self._in = _TokenKinds()
        self._out = _TokenKinds()

    def add_user_audio(self, pcm_bytes: int) -> None:
        """So much of the person's sound went to the model: PCM16 mono, 16 kHz."""
        self._in.audio += pcm_bytes / _INPUT_BYTES_PER_S * TOKENS_PER_S

    def on_effect(self, effect: Effect) -> None:
        """Anything else that goes to the model, or begins another session there."""
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

    def on_model_output(self, fact: SessionEvent) -> None:
        """What the model said or wants."""
        match fact:
            case ModelAudio(pcm=pcm):
                self._out.audio += len(pcm) / _OUTPUT_BYTES_PER_S * TOKENS_PER_S
            case ToolCalled(name=name, args=args):
                self._out.text += (len(name) + len(str(args))) / CHARS_PER_TOKEN
            case _:
                pass

    def end_turn(self) -> EstimatedTurn | None:
        """The turn that is over; None: the model said nothing."""
        new, answer = self._in, self._out
        if not answer.total:
            return None
        prompt = self._shortened(self._context.plus(new))
        self._in, self._out = _TokenKinds(), _TokenKinds()
        self._context = self._counted or prompt.plus(answer)
        self._counted = None
        usage = UsageCounted(
            round(prompt.total),
            round(answer.total),
            round(prompt.total) + round(answer.total),
            prompt_text_tokens=round(prompt.text),
            response_text_tokens=round(answer.text),
            prompt_image_tokens=round(prompt.image),
            prompt_video_tokens=round(prompt.video),
        )
        preamble, self._uncounted_preamble = self._uncounted_preamble, 0.0
        return EstimatedTurn(usage, round(preamble + new.total + answer.total))

    def correct(self, *, text: int, audio: int, image: int, video: int) -> None:
        """The service's own count: so much the context holds after the turn that runs, or that is just over."""
        known = _TokenKinds(text, audio, image, video)
        self._uncounted_preamble = 0.0
        if self._out.total:
            self._counted = known
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


def estimate_for(config: SessionConfig) -> UsageEstimate:
    """For a session that is made like this."""
    return UsageEstimate(
        preamble_chars=len(config.system_instruction) + sum(len(str(tool)) for tool in config.tools),
        trigger_tokens=config.compression_trigger_tokens,
        target_tokens=config.compression_target_tokens,
    )
