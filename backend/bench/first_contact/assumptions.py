"""What we assume of the service, each with where it is written and who judges it. The sources are those of
GEMINI_WIRE.md: a section, or a row R of its section 2. Pure.
"""

from __future__ import annotations

from bench.first_contact import checks, script
from bench.first_contact.usage_assumptions import NO_USAGE, USAGE
from bench.first_contact.verdicts import (
    Assumption,
    confirm_accepted,
    confirm_refused,
    confirm_refused_or_accepted,
    judge_accepted,
    judge_all_accepted,
    observe_accepted,
)
from s2s.upstream.models.model_table import find_model

COMMON = (
    Assumption(
        "stop-halts",
        "10, 4",
        "clientContent with turnComplete false stops the voice",
        judge_accepted("stop", checks.stop_halts),
    ),
    Assumption(
        "stop-hears",
        "10, 4",
        "After that the model still answers speech",
        judge_accepted("stop", checks.stop_leaves_it_hearing),
    ),
    Assumption(
        "early-go-away",
        "10, R13",
        "A new connection is not told to go within a minute",
        judge_all_accepted(checks.no_early_go_away),
    ),
    Assumption("setup", "4", "The setup of our calls, with a function in it, is accepted", confirm_accepted("talk")),
    Assumption("pong", "7.3", "A ping is answered within 30 s", judge_accepted("talk", checks.pong)),
    Assumption("handle-per-turn", "10", "A handle follows each turn", judge_accepted("talk", checks.handle_follows)),
    Assumption("setup-soon", "6.3", "setupComplete comes within 10 s", judge_all_accepted(checks.prompt)),
    Assumption(
        "empty-frames",
        "R2",
        "{} and serverContent {} come between other frames",
        judge_all_accepted(checks.empty_frames),
    ),
    Assumption(
        "mime-type", "R8", "Voice is audio/pcm at 24 kHz, the rate named or not", judge_all_accepted(checks.mime_types)
    ),
    Assumption(
        "transcripts",
        "R4",
        "What the model says is written, in pieces to be joined as they come",
        judge_all_accepted(checks.transcripts),
    ),
    Assumption("heard", "R4", "What the person says is written", judge_accepted("talk", checks.heard)),
    Assumption(
        "generated", "5", "generationComplete comes before turnComplete", judge_all_accepted(checks.generated_first)
    ),
    Assumption(
        "interrupted", "R11", "Speech over the answer brings interrupted", judge_accepted("barge-in", checks.barged_in)
    ),
    *USAGE,
    Assumption("called", "R9", "A declared function is called", judge_accepted("talk", checks.called)),
    Assumption(
        "call-ids", "R15", "Function calls have an id (on Vertex AI they may)", judge_accepted("talk", checks.call_ids)
    ),
    Assumption(
        "result-spoken",
        "R9",
        "The result of a function is spoken about",
        judge_accepted("talk", checks.answered_with_the_result),
    ),
    Assumption(
        "call-ends-turn",
        "R9",
        "A turn may end between a call and its answer",
        judge_accepted("talk", checks.ended_after_the_call),
    ),
    Assumption(
        "seeded",
        "4, R13",
        "Turns that the client brings along are known",
        judge_accepted("seeded", checks.knows_the_name),
    ),
    Assumption("resumed", "R13", "A resumed session knows them, too", judge_accepted("resumed", checks.knows_the_name)),
)

DEVELOPER = (
    NO_USAGE,
    Assumption(
        "thinking-low", "10, 6.1", "Extended thinking takes the level LOW", confirm_accepted("thinking", checks.spoke)
    ),
    Assumption("history-3.1", "10, 4", "3.1 takes historyConfig", confirm_accepted("seeded-3.1")),
    Assumption(
        "wrong-key",
        "10, 3",
        "A wrong key is told after the first frame: 1007, API key not valid",
        confirm_refused("wrong-key", 1007, "api key"),
    ),
    Assumption(
        "unasked-handle", "R1", "A handle comes without being asked for", judge_accepted("bare", checks.unasked_handle)
    ),
    Assumption(
        "voice-activity", "R3", "voiceActivity comes without being asked for", judge_all_accepted(checks.voice_activity)
    ),
    Assumption(
        "unasked-words",
        "R20",
        "Input is transcribed without being asked for",
        judge_accepted("bare", checks.unasked_transcript),
    ),
    Assumption(
        "status", "R12", "Extended thinking tells whether it is done", judge_accepted("thinking", checks.status)
    ),
    Assumption(
        "no-level",
        "3",
        "Extended thinking without a level: 1007, level must be specified",
        confirm_refused("no-level", 1007, "thinking level must be specified"),
    ),
    Assumption(
        "level-on-3.8",
        "3",
        "3.8 with a level: 1007, level is not supported",
        confirm_refused("level-on-3.8", 1007, "thinking level is not supported"),
    ),
    Assumption(
        "blocking-thinker",
        "3",
        "BLOCKING on extended thinking: 1007, not supported",
        confirm_refused("blocking-thinker", 1007, "blocking function calls are not supported"),
    ),
    Assumption(
        "proactivity",
        "3",
        "proactivity on v1beta: 1007, unknown name",
        confirm_refused("proactivity", 1007, 'unknown name "proactivity"'),
    ),
    Assumption(
        "unknown-model",
        "3",
        "An unknown model: 1008, is not found",
        confirm_refused("unknown-model", 1008, "is not found for api version"),
    ),
)


LANGUAGE = Assumption(
    "unknown-language",
    "3",
    "A language that a model lacks: 1007, or it is accepted",
    confirm_refused_or_accepted("unknown-language", 1007, "language", "invalid argument"),
)


def _places() -> tuple[Assumption, ...]:
    """One row for each location of the table, and for those that the script tries beside them."""
    newest = find_model(script.NEWEST)
    served = newest.locations if newest is not None else ()
    refusing = newest.not_locations if newest is not None else ()
    rows = []
    for place in script.places():
        name = f"newest-at-{place}"
        if place in served:
            rows.append(Assumption(name, "10, 5", f"{script.NEWEST} is served at {place}", confirm_accepted(name)))
        elif place in refusing:
            rows.append(
                Assumption(name, "10, 5", f"{script.NEWEST} is not served at {place}", confirm_refused(name, 1008))
            )
        else:
            rows.append(
                Assumption(name, "10, 5", f"{script.NEWEST} at {place}: not in our table", observe_accepted(name))
            )
    return tuple(rows)


VERTEX = (
    Assumption(
        "transparent",
        "10, 4",
        "transparent is taken, and handles say what was consumed",
        judge_accepted("talk", checks.index),
    ),
    Assumption(
        "wrong-key", "10, 3", "A wrong token is refused at the handshake: HTTP 401", confirm_refused("wrong-key", 401)
    ),
    Assumption("old-model", "10, 5", f"This project still has {script.OLD_VERTEX}", confirm_accepted("old-model")),
    *_places(),
    Assumption(
        "unknown-model",
        "3",
        "An unknown model: 1008, Publisher Model ... was not found",
        confirm_refused("unknown-model", 1008, "publisher model", "is not found"),
    ),
)


def assumptions(backend: str) -> tuple[Assumption, ...]:
    """Section 10 first."""
    rows = (*COMMON, *(VERTEX if backend == "vertex" else DEVELOPER), LANGUAGE)
    return tuple(sorted(rows, key=lambda row: not row.source.startswith("10")))
