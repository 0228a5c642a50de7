"""In what the two services and the families of models differ on the wire, beyond what a setup may hold. Pure.

From recordings and logs of July to November 2026: handles that were not asked for, empty messages and `voiceActivity`
with the 3.x models of the Developer API; transcripts that are opened and closed, sound without a rate and empty
`groundingMetadata` on Vertex AI; the end of a turn around a function call (google/adk-python#5407,
livekit/agents#3192).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gemini_emulator.protocol.models import Traits


class AfterCall(Enum):
    """What becomes of a turn that waits for the result of a function."""

    GOES_ON = "goes on"
    """Nothing is sent; the answer is part of it."""
    ENDS_AT_ONCE = "ends at once"
    """It is over with the call; the answer is another turn."""
    ENDS_WITH_RESULTS = "ends with results"
    """It is over, empty, when the results are in; the answer is another turn."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How one service serves one model."""

    unasked: bool
    """Handles, the first right after `setupComplete`, the user's words and `voiceActivity` come to everybody."""
    empty_messages: bool
    """`{}` and `{"serverContent": {}}` come between the pieces of an answer."""
    bundles: bool
    """Voice and its words are one message; the user's words are one sentence."""
    written_first: bool
    """All words of an answer come before its voice, between an empty transcript and a finished one."""
    names_rate: bool
    """The type of the voice says its rate."""
    names_role: bool
    """Content says that it is the model's."""
    grounding: bool
    """`groundingMetadata`, empty, at the end of each turn."""
    after_call: AfterCall
    call_ids: tuple[str, ...]
    """What the ids of function calls begin with, in turn; none: they are UUIDs."""
    unexplained: bool
    """The prompt is counted with a few tokens that belong to no modality."""
    media_chunks: bool
    """`mediaChunks` is taken."""


def manners(*, vertex: bool, traits: Traits) -> Manners:
    older = traits.generation < 3
    return Manners(
        unasked=not vertex and not older,
        empty_messages=not vertex and not older,
        bundles=not older,
        written_first=vertex and older,
        names_rate=not vertex,
        names_role=vertex,
        grounding=vertex,
        after_call=_after_call(vertex, older),
        call_ids=() if vertex else ("function-call-",) if older else ("fc_", "call_"),
        unexplained=not vertex and not older,
        media_chunks=vertex or older,
    )


def _after_call(vertex: bool, older: bool) -> AfterCall:
    if not older:
        return AfterCall.GOES_ON
    return AfterCall.ENDS_WITH_RESULTS if vertex else AfterCall.ENDS_AT_ONCE
