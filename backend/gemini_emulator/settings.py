"""Every knob of the emulator, with the service's behaviour as the default where that is pleasant."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Pace:
    """How voice leaves: pieces of `chunk_ms`, at `speed` times real time, the first after `first_delay_s`."""

    chunk_ms: int = 200
    speed: float = 3.5
    first_delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Seconds are floats and end in `_s`."""

    pace: Pace = field(default_factory=Pace)
    playout_share: float = 1.0
    """How much of the remaining playout passes between `generationComplete` and `turnComplete`; 0 for hasty tests."""
    setup_delay_s: float = 0.0
    transcription_delay_s: float = 0.0
    """How late the words of the user begin to arrive; the service takes up to 2 s."""
    transcription_piece_s: float = 0.0
    """Between two pieces of them. A function call may overtake the later pieces when this is not 0; livekit takes a
    piece after a call for the beginning of another answer and gives up the call."""
    adaptive_end_of_turn: bool = True
    """Wait longer when the words read unfinished. Otherwise a turn ends after `silenceDurationMs`, or 500 ms."""
    interim_s: float | None = 0.5
    """How often the words so far are sent as `interimInputTranscription` while the user speaks, if the client wants
    transcripts at all. Rarer, and never, when many people talk at once. None: never."""
    lifetime_s: float | None = None
    """Length of a connection; the service allows about 600. None: no limit."""
    go_away_s: float | None = None
    """When `goAway` is said, counted from the connection. None: 60 s before the lifetime ends."""
    session_s: float | None = None
    """Length of a session that is not compressed, over all its connections; the service allows 900. None: no limit."""
    filmed_session_s: float | None = None
    """The same once there was video in it; the service allows 120."""
    context_tokens: int | None = None
    """Size of the context window. None: the model's own, which is 131,072. A session that grows beyond it without
    compression is closed with 1007."""
    least_activity_s: float | None = None
    """A turn that the client marks is refused when it ends sooner: 1007 `Precondition check failed.` One person told so
    of the service, of about 1.5 s. None: never."""
    stalled_stream_s: float = 1.5
    """A turn is closed when the client stops sending audio in the middle of it for this long."""
    today: date | None = None
    """The day at the service when the emulator starts; its models then retire when the service's do, and skipped time
    counts. None: no model ever retires."""
    new_project: bool = False
    """The project never used a model before: it loses one a month before its retirement."""
    deviations: tuple[str, ...] = ()
    """Names of `deviations.DEVIATIONS`: in what this service is not as documented."""
    strict_models: bool = False
    """Refuse a model that the dialled service does not offer, though the other one does."""
    vertex_call_ids: bool = True
    """Give function calls an id on the Vertex AI path, too. The service was seen to leave them out, and not to."""
    refuse_unknown_results: bool = False
    """Close with 1008 when a function response answers a call that never was; otherwise it is ignored."""
    text_frames: bool = False
    """Send JSON in text frames. The service sends binary ones."""
    require_key: str | None = None
    """Only this API key is valid; another one is refused the way the service does it."""
    require_bearer: str | None = None
    """Only this OAuth token is valid; another one gets HTTP 401."""
    time_scale: float = 1.0
    """How much faster than real time the long timers run: the lifetimes of connections, sessions, handles and tokens,
    `goAway` and its 60 s, and the seconds of a scenario. Voice, turns and the network keep real time. `timeLeft` tells
    the real seconds."""


def limits_of_the_service() -> dict[str, float]:
    """Ten minutes for a connection, fifteen for a session, two with video, as the service documents them.

    They are off unless asked for: a limit that ends a conversation on your own machine would only cost, and a program
    is better tested against it on purpose than by waiting.
    """
    return {"lifetime_s": 600.0, "session_s": 900.0, "filmed_session_s": 120.0}
