"""What each backend and model accepts. A forbidden field closes the socket, so nothing is guessed.

Sources: Google's Live API model pages and migration guides; field reports where those are silent.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from s2s.upstream.models.model_table import Thinking, ThinkingLevel, find_model
from s2s.wire import Backend

Voice = Literal[
    "Zephyr",
    "Puck",
    "Charon",
    "Kore",
    "Fenrir",
    "Leda",
    "Orus",
    "Aoede",
    "Callirrhoe",
    "Autonoe",
    "Enceladus",
    "Iapetus",
    "Umbriel",
    "Algieba",
    "Despina",
    "Erinome",
    "Algenib",
    "Rasalgethi",
    "Laomedeia",
    "Achernar",
    "Alnilam",
    "Schedar",
    "Gacrux",
    "Pulcherrima",
    "Achird",
    "Zubenelgenubi",
    "Vindemiatrix",
    "Sadachbia",
    "Sadaltager",
    "Sulafat",
]

DEFAULT_MODEL: dict[Backend, str] = {
    "vertex": "gemini-3.8-live",
    "developer": "gemini-3.8-live",
    "emulator": "gemini-3.8-live",
}
"""Used if GEMINI_MODEL is empty."""


REPLY_LIMIT_S = 12.0
MAX_THINKING_S = 35.0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one backend accepts with one model."""

    tool_behavior: bool
    """Whether function declarations may say BLOCKING or NON_BLOCKING."""
    content_mid_session: bool
    """Whether clientContent may be sent after the first turn."""
    realtime_text: bool
    """Whether typed text goes as realtimeInput.text; else as clientContent."""
    history_config: bool
    """Whether setup may announce a history that asks for no answer. Else it is appended with `turnComplete` false."""
    json_schema: bool
    """Whether a function's parameters may be given as JSON Schema (`parametersJsonSchema`)."""
    empty_nudge: bool = True
    """Whether an answer may be requested without text (LiveKit: `turns: []` with 3.x, a full stop with 2.5)."""
    may_stay_silent: bool = False
    """Whether the model may decide not to answer: an empty turn is then not a failure (always on 3.8)."""
    mic_gate: bool = False
    """Whether microphone audio during a blocking call closes the socket (1007, 1008) or cancels the call."""
    transparent: bool = False
    """Whether the service reports which messages it consumed, so that the rest can be replayed (Vertex)."""
    async_only: bool = False
    """Whether functions never block the turn, however they are declared."""
    silence_ms: int = 400
    """Silence that ends the user's turn by default; 0: upstream also judges by the words."""
    images: bool = True
    """Whether images and video frames are accepted."""
    reply_limit_s: float = REPLY_LIMIT_S
    """Silence after which an answer is overdue. Pipecat's guard for models that think long has 30 s."""
    stop_verb: bool = True
    """Whether `clientContent` with `turnComplete` false is proven to stop the audio and leave the model listening.
    Elsewhere nothing is sent and the gateway drops the rest of the answer: by Google's page 3.8 then waits for more
    before it answers, 3.1 closes the socket."""
    reseed_after_resume: bool = False
    """Whether a resumed session may have lost turns seeded by clientContent, so that they are sent again
    (livekit/agents-js#2507: 3.8 lost them in two of three runs)."""
    bills_silence: bool = False
    """Whether all audio becomes part of the conversation, not only speech (turn coverage TURN_INCLUDES_ALL_INPUT, the
    default of 2.5 on Vertex)."""
    thinking: Thinking = "none"
    thinking_levels: tuple[ThinkingLevel, ...] = ()
    """Thinking levels that the model accepts, the lowest first."""

    @property
    def unanswered_content(self) -> bool:
        """Whether content that asks for no answer may be sent in mid-session. Like the stop verb it leaves a turn open:
        where that is unproven, so is this."""
        return self.content_mid_session and self.stop_verb


def capabilities(backend: Backend, model: str) -> Capabilities:
    """Return what a model accepts. A model that is not in the table gets the capabilities of the backend's newest."""
    row = find_model(model)
    old = "2.5" in model or "2.0" in model
    silent = model.startswith("gemini-3.8")
    # Single-task models only take audio.
    images = not any(task in model for task in ("translate", "transcribe"))
    limit_s = MAX_THINKING_S if "thinking" in model else REPLY_LIMIT_S
    # Nothing is known of a model outside the table: it gets a level if one is set.
    thinking: Thinking = row.thinking if row is not None else "optional_level"
    levels: tuple[ThinkingLevel, ...] = row.thinking_levels if row is not None else get_args(ThinkingLevel)
    # Our emulator supports the verb, whichever model it plays.
    stop_verb = backend == "emulator" or (row is not None and row.stop_verb)
    if backend == "vertex":
        # `behavior` was refused on Vertex for long; text in realtimeInput is documented for the Developer API only.
        return Capabilities(
            tool_behavior=model.startswith("gemini-3.8"),
            content_mid_session=True,
            realtime_text=False,
            # Since June 2026 for 3.x (google/adk-python#5999); seeding that leaves a turn open is not proven there.
            history_config=not old,
            json_schema=False,
            empty_nudge=not old,
            may_stay_silent=silent,
            transparent=True,
            bills_silence=old,
            images=images,
            reply_limit_s=limit_s,
            stop_verb=stop_verb,
            reseed_after_resume=silent,
            thinking=thinking,
            thinking_levels=levels,
        )
    if model.startswith("gemini-3.1"):
        # Synchronous functions only; clientContent after the first turn closes with 1007. Noise in the microphone was
        # seen to cancel calls.
        return Capabilities(
            tool_behavior=False,
            content_mid_session=False,
            realtime_text=True,
            history_config=True,
            json_schema=True,
            mic_gate=True,
            stop_verb=False,
            thinking=thinking,
            thinking_levels=levels,
        )
    return Capabilities(
        tool_behavior=True,
        content_mid_session=True,
        realtime_text=True,
        # Models before 3.x do not know the field.
        history_config=not old,
        json_schema=True,
        empty_nudge=not old,
        may_stay_silent=silent,
        mic_gate="2.5" in model and "preview" in model,
        async_only="thinking" in model,
        images=images,
        silence_ms=0 if backend == "emulator" else 400,
        reply_limit_s=limit_s,
        stop_verb=stop_verb,
        reseed_after_resume=silent and backend == "developer",
        thinking=thinking,
        thinking_levels=levels,
    )


def wrong_backend(backend: Backend, model: str) -> str | None:
    """Return a message if `model` is only served by the other backend; None if it may work."""
    row = find_model(model)
    if row is None or backend == "emulator" or backend in row.backends:
        return None
    other = "Vertex AI" if backend == "developer" else "the Gemini Developer API"
    return f"{row.name} exists only on {other}"


PLAIN = Capabilities(
    tool_behavior=False, content_mid_session=True, realtime_text=True, history_config=True, json_schema=True
)
"""A model without special cases."""
