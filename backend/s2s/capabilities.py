"""What may be said to which backend and model. A field that is not allowed closes the socket, so nothing is guessed.

Sources: Google's Live API model pages and migration guides; field reports where those are silent.
"""

from dataclasses import dataclass
from typing import Literal

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
    "vertex": "gemini-live-2.5-flash-native-audio",
    "developer": "gemini-3.8-live",
    "emulator": "gemini-3.8-live",
}


REPLY_LIMIT_S = 12.0
LONGEST_THOUGHT_S = 35.0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Permissions of one backend with one model."""

    tool_behavior: bool
    """Whether function declarations may say BLOCKING or NON_BLOCKING."""
    content_mid_session: bool
    """Whether clientContent may be sent after the first turn. Without it there is no stop verb."""
    realtime_text: bool
    """Whether typed words go as realtimeInput.text; else as clientContent."""
    history_config: bool
    """Whether setup may announce earlier turns, which are then taken in without an answer. Else they are appended
    with `turnComplete` false."""
    json_schema: bool
    """Whether a function's parameters may be given as JSON Schema (`parametersJsonSchema`)."""
    empty_nudge: bool = True
    """Whether an answer may be asked for without words (LiveKit: `turns: []` with 3.x, a full stop with 2.5)."""
    may_stay_silent: bool = False
    """Whether the model may decide not to answer: an empty turn is then no fault (3.8 always may)."""
    mic_gate: bool = False
    """Whether microphone audio during a blocking call closes the socket (1007, 1008) or cancels the call."""
    transparent: bool = False
    """Whether the service says which messages it has taken in, so that the rest can be sent again (Vertex)."""
    reseed_after_resume: bool = False
    """Whether a resumed session was seen to have lost turns that had been seeded with clientContent (3.8, in 2 of 3
    runs; livekit/agents-js#2507): such a session is not resumed but begun afresh, with all that was said."""
    async_only: bool = False
    """Whether functions never hold the turn, whatever they are declared as."""
    silence_ms: int = 400
    """Silence that ends the person's turn, unless they choose another; 0: the upstream judges by the words."""
    images: bool = True
    """Whether pictures and video frames are taken."""
    reply_limit_s: float = REPLY_LIMIT_S
    """Silence after which an answer is overdue. Pipecat's guard for models that think long has 30 s."""


def capabilities(backend: Backend, model: str) -> Capabilities:
    """The table. Unknown models get what the newest known one of the backend has."""
    silent = model.startswith("gemini-3.8")
    # Models for one task hear only.
    images = not any(task in model for task in ("translate", "transcribe"))
    limit_s = LONGEST_THOUGHT_S if "thinking" in model else REPLY_LIMIT_S
    if backend == "vertex":
        # `behavior` was refused on Vertex for long; text in realtimeInput is documented for the Developer API only.
        return Capabilities(
            tool_behavior=model.startswith("gemini-3.8"),
            content_mid_session=True,
            realtime_text=False,
            history_config=False,
            json_schema=False,
            empty_nudge="2.5" not in model,
            may_stay_silent=silent,
            reseed_after_resume=silent,
            transparent=True,
            images=images,
            reply_limit_s=limit_s,
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
        )
    return Capabilities(
        tool_behavior=True,
        content_mid_session=True,
        realtime_text=True,
        # Models before 3.x do not know the field.
        history_config="2.5" not in model,
        json_schema=True,
        empty_nudge="2.5" not in model,
        may_stay_silent=silent,
        reseed_after_resume=silent and backend != "emulator",
        mic_gate="2.5" in model and "preview" in model,
        async_only="thinking" in model,
        images=images,
        silence_ms=0 if backend == "emulator" else 400,
        reply_limit_s=limit_s,
    )


def wrong_backend(backend: Backend, model: str) -> str | None:
    """A sentence if `model` is known to live on the other backend only; None if it may work."""
    if backend == "developer" and model.startswith("gemini-live-2.5"):
        return f"{model} exists only on Vertex AI"
    if backend == "vertex" and ("preview" in model or "extended-thinking" in model):
        return f"{model} exists only on the Gemini Developer API"
    return None


PLAIN = Capabilities(
    tool_behavior=False, content_mid_session=True, realtime_text=True, history_config=True, json_schema=True
)
"""A model without peculiarities."""
