"""What a scenario, the admin port or a test can have the service do. Each class is one action; its fields are its
options, in the order in which a lone value means the first of them. Seconds end in `_s`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The answer: the one at hand, or else the next one.


@dataclass(frozen=True, slots=True)
class Say:
    """Say this. At the start of a turn: instead of the answer. Otherwise: a separate turn, when the model is free."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """Call a function. At the start of a turn: instead of the answer. Otherwise at once."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stall:
    """No more voice for so long, then go on."""

    for_s: float


@dataclass(frozen=True, slots=True)
class NearSilent:
    """The voice keeps its length and loses its loudness: samples of a few units."""


@dataclass(frozen=True, slots=True)
class EmptyTurn:
    """The next turn is `turnComplete` and nothing else."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The next turn is empty and says why in `turnCompleteReason`."""

    reason: str = "RESPONSE_REJECTED"


@dataclass(frozen=True, slots=True)
class EarlyTurnComplete:
    """`turnComplete` in the middle of the voice, without `generationComplete`. The rest is never said."""


@dataclass(frozen=True, slots=True)
class NoTurnComplete:
    """The turn ends with `generationComplete`; `turnComplete`, usage and handle never come."""


@dataclass(frozen=True, slots=True)
class DuplicateAnswer:
    """The answer comes twice: as a second `turn`, or again in the same `generation`."""

    within: str = "turn"


@dataclass(frozen=True, slots=True)
class Interrupted:
    """`interrupted` and `turnComplete`, although there was no speech."""


@dataclass(frozen=True, slots=True)
class Thought:
    """A text part with `thought: true`: reasoning, not speech. Before the voice, or in it."""

    text: str


# The conversation


@dataclass(frozen=True, slots=True)
class Freeze:
    """The user is heard and never answered; the socket is healthy. For so long, or for good."""

    for_s: float | None = None


@dataclass(frozen=True, slots=True)
class FreezeAfterBargeIn:
    """The next time the user talks over the model, it falls silent for good."""


@dataclass(frozen=True, slots=True)
class GoAway:
    """`goAway` now, the end of the connection after so long."""

    time_left_s: float


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection with a row of the close-code table (`closes.py`), or with a code and reason."""

    row: str = ""
    code: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """From now on: a setup is closed with the quota text while so many other conversations are open."""

    sessions: int = 0


@dataclass(frozen=True, slots=True)
class PoisonHandle:
    """Resuming this session fails with 1011, whatever handle of it is used."""


@dataclass(frozen=True, slots=True)
class ExpireHandle:
    """Resuming this session fails with 1008, as after two hours."""


@dataclass(frozen=True, slots=True)
class Message:
    """Send this server message as it is."""

    message: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ErrorFrame:
    """Send `{"error": {...}}` and leave the socket open, as gateways in between and some refusals do."""

    message: str = "Internal error encountered."
    code: int = 500
    status: str = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Mute:
    """Take everything in and say nothing more on this connection; the socket stays, and pings are answered. With
    `when: {message: setup}`: `setupComplete` never comes."""


# The handshake


@dataclass(frozen=True, slots=True)
class Http:
    """The next handshake is refused with this HTTP status: 401, 403, 404, 429, 503, ..."""

    status: int
    text: str = ""
    """Instead of what the service says with that status."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """Instead of a text: JSON."""


@dataclass(frozen=True, slots=True)
class SlowAccept:
    """The next handshake is answered so late."""

    by_s: float


# The network


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection ends without a close frame (1006)."""


@dataclass(frozen=True, slots=True)
class Reset:
    """TCP reset: the client's reads and writes fail at once."""


@dataclass(frozen=True, slots=True)
class HalfOpen:
    """Nothing is read or written any more, and the socket stays."""


@dataclass(frozen=True, slots=True)
class SlowNetwork:
    """From now on bytes take so long, and no more than so many pass in a second, each way. 0: no limit."""

    bytes_per_s: float = 0
    latency_s: float = 0


@dataclass(frozen=True, slots=True)
class LatePongs:
    """Pings are answered so late; everything else goes on."""

    by_s: float


Shape = NearSilent | EmptyTurn | Rejected | NoTurnComplete | DuplicateAnswer
Doorway = Http | SlowAccept
Network = Drop | Reset | HalfOpen | SlowNetwork | LatePongs

Action = (
    Say | Call | Stall | Shape | EarlyTurnComplete | Interrupted | Thought | Freeze | FreezeAfterBargeIn | GoAway
    | Close | Quota | PoisonHandle | ExpireHandle | Message | ErrorFrame | Mute | Doorway | Network
)  # fmt: skip

NAMES: dict[str, type[Action]] = {
    "say": Say,
    "call": Call,
    "stall": Stall,
    "near_silent": NearSilent,
    "empty_turn": EmptyTurn,
    "rejected": Rejected,
    "early_turn_complete": EarlyTurnComplete,
    "no_turn_complete": NoTurnComplete,
    "duplicate_answer": DuplicateAnswer,
    "interrupted": Interrupted,
    "thought": Thought,
    "freeze": Freeze,
    "freeze_after_barge_in": FreezeAfterBargeIn,
    "go_away": GoAway,
    "close": Close,
    "quota": Quota,
    "poison_handle": PoisonHandle,
    "expire_handle": ExpireHandle,
    "message": Message,
    "error": ErrorFrame,
    "mute": Mute,
    "http": Http,
    "slow_accept": SlowAccept,
    "drop": Drop,
    "reset": Reset,
    "half_open": HalfOpen,
    "slow_network": SlowNetwork,
    "late_pongs": LatePongs,
}
"""The names in scenarios and on the admin port."""
