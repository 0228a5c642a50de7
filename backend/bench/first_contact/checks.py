"""How each assumption is judged by what the service sent. Pure."""

from __future__ import annotations

import re
from itertools import compress, pairwise

from bench.first_contact.evidence import (
    Conversation,
    Message,
    blobs,
    calls_in,
    content,
    handle_of,
    has_voice,
    is_complete,
    is_generated,
    is_interrupted,
    pieces,
)
from bench.first_contact.script import NAME
from bench.first_contact.verdicts import Finding, confirmed, not_seen, only_seen, refuted

EARLY_S = 60.0
"""A goAway so soon is not the end of a connection's ten minutes."""
SOON_S = 10.0
"""Our deadline for setupComplete."""


# --- section 10 -----------------------------------------------------------------------------------


def stop_halts(talk: Conversation) -> Finding:
    after = talk.messages_since("stop")
    if "stop" not in talk.marks:
        return not_seen("no voice came that could be stopped")
    before = talk.messages_since("typed")[: len(talk.messages_since("typed")) - len(after)]
    if any(map(is_generated, before)):
        return not_seen("the whole answer had come before it was sent")
    if any(map(is_interrupted, after)):
        return confirmed("interrupted")
    return refuted("the answer went on") if any(map(has_voice, after)) else refuted("no `interrupted` came")


def stop_leaves_it_hearing(talk: Conversation) -> Finding:
    if "spoken" not in talk.marks:
        return not_seen("no voice came that could be stopped")
    before_go_ahead = len(talk.messages_since("go_ahead"))
    heard = talk.messages_since("spoken")
    heard = heard[: len(heard) - before_go_ahead]
    if any(map(has_voice, heard)):
        return confirmed("speech was answered")
    if any(map(has_voice, talk.messages_since("go_ahead"))):
        return refuted("deaf: speech was answered only after turnComplete true")
    return refuted("deaf: speech was not answered, not even after turnComplete true")


def no_early_go_away(talks: list[Conversation]) -> Finding:
    for talk in talks:
        if (frame := talk.find_frame(lambda message: "goAway" in message)) is not None and frame.at_s < EARLY_S:
            left = (frame.message["goAway"] or {}).get("timeLeft")
            return refuted(f"goAway {left} after {frame.at_s:.1f} s ({talk.name})")
    return confirmed(f"none on {len(talks)} sockets")


def spoke(talk: Conversation) -> Finding:
    spoken = any(map(has_voice, talk.server))
    return confirmed("accepted, and it spoke") if spoken else not_seen("accepted, but it said nothing")


def knows_the_name(talk: Conversation) -> Finding:
    said = "".join(pieces(talk.messages_since("typed")))
    if not said:
        return not_seen("it said nothing, or nothing was written")
    return confirmed(said.strip()) if NAME.lower() in said.lower() else refuted(f"it said: {said.strip()[:80]}")


def index(talk: Conversation) -> Finding:
    updates = [message["sessionResumptionUpdate"] or {} for message in talk.server if handle_of(message)]
    if not updates:
        return not_seen("no handle came")
    indexes = [update.get("lastConsumedClientMessageIndex") for update in updates]
    return confirmed(f"index {indexes[-1]}") if any(indexes) else refuted("handles came without an index")


def handle_follows(talk: Conversation) -> Finding:
    ends = [index for index, message in enumerate(talk.server) if is_complete(message)]
    if not ends:
        return not_seen("no turn was over")
    borders = [*ends[1:], len(talk.server)]
    # A turn that ended with its call leaves a function running: there is nothing to resume from.
    called = [_ended_with_its_call(talk.server[begin:end]) for begin, end in pairwise([0, *ends])]
    ends, borders = (list(compress(each, (not call for call in called))) for each in (ends, borders))
    if not ends:
        return not_seen("every turn left a function running")
    followed = [any(map(handle_of, talk.server[end:border])) for end, border in zip(ends, borders, strict=True)]
    if all(followed):
        return confirmed(f"after each of {len(ends)} turns")
    return refuted(f"after {sum(followed)} of {len(ends)} turns")


def _ended_with_its_call(turn: list[Message]) -> bool:
    last = max((at for at, message in enumerate(turn) if calls_in([message])), default=None)
    return last is not None and not any(map(has_voice, turn[last:]))


def pong(talk: Conversation) -> Finding:
    if not talk.pinged:
        return not_seen("none was sent")
    return refuted("it was not answered") if talk.pong_s is None else confirmed(f"after {talk.pong_s * 1000:.0f} ms")


# --- what comes -----------------------------------------------------------------------------------


def prompt(talks: list[Conversation]) -> Finding:
    times = [frame.at_s for talk in talks if (frame := talk.find_frame(lambda message: "setupComplete" in message))]
    return confirmed(f"at most {max(times):.2f} s") if max(times) <= SOON_S else refuted(f"{max(times):.1f} s")


def unasked_handle(talk: Conversation) -> Finding:
    frame = talk.find_frame(lambda message: bool(handle_of(message)))
    return only_seen(f"after {frame.at_s:.2f} s" if frame else "")


def empty_frames(talks: list[Conversation]) -> Finding:
    empty = sum(message in ({}, {"serverContent": {}}) for talk in talks for message in talk.server)
    return only_seen(f"{empty} of them" if empty else "")


def voice_activity(talks: list[Conversation]) -> Finding:
    count = sum("voiceActivity" in message for talk in talks for message in talk.server)
    return only_seen(f"{count} of them" if count else "")


def unasked_transcript(talk: Conversation) -> Finding:
    return only_seen("".join(pieces(talk.server, "inputTranscription"))[:80])


def transcripts(talks: list[Conversation]) -> Finding:
    spoke = [talk for talk in talks if any(map(has_voice, talk.server))]
    if not spoke:
        return not_seen("nothing was said")
    silent = [talk.name for talk in spoke if not pieces(talk.server)]
    if silent:
        return refuted(f"voice without a transcript: {', '.join(silent)}")
    first = pieces(spoke[0].server)
    spaced = sum(piece.startswith(" ") for piece in first)
    return confirmed(f"{spaced} of {len(first)} pieces begin with a space")


def heard(talk: Conversation) -> Finding:
    if "spoken" not in talk.marks:
        return not_seen()
    words = "".join(pieces(talk.messages_since("spoken"), "inputTranscription")).strip()
    return confirmed(words[:80]) if words else refuted("speech without a transcript")


def mime_types(talks: list[Conversation]) -> Finding:
    kinds = {str(blob.get("mimeType")) for talk in talks for message in talk.server for blob in blobs(message)}
    if not kinds:
        return not_seen("no sound came")
    odd = [kind for kind in kinds if not re.fullmatch(r"audio/pcm(;rate=24000)?", kind.replace(" ", ""))]
    return refuted(", ".join(sorted(odd))) if odd else confirmed(", ".join(sorted(kinds)))


def generated_first(talks: list[Conversation]) -> Finding:
    whole = 0
    for talk in talks:
        done = False
        for message in talk.server:
            done = (done or is_generated(message)) and not is_interrupted(message)
            if is_complete(message) and _was_spoken(talk, message):
                if not done:
                    return refuted(f"a whole turn ended without it ({talk.name})")
                whole, done = whole + 1, False
    return confirmed(f"in {whole} turns") if whole else not_seen("no whole turn")


def _was_spoken(talk: Conversation, end: Message) -> bool:
    """The turn that ends here had voice and was not cut off."""
    before = talk.server[: talk.server.index(end) + 1]
    start = max((index + 1 for index, message in enumerate(before[:-1]) if is_complete(message)), default=0)
    return any(map(has_voice, before[start:])) and not any(map(is_interrupted, before[start:]))


def barged_in(talk: Conversation) -> Finding:
    after = talk.messages_since("spoken")
    if "spoken" not in talk.marks:
        return not_seen("no voice came that could be talked over")
    if any(map(is_interrupted, after)):
        first_words = next((i for i, m in enumerate(after) if content(m).get("inputTranscription")), len(after))
        cut = next(i for i, m in enumerate(after) if is_interrupted(m))
        return confirmed("the words came " + ("after it" if cut < first_words else "before it"))
    answer = talk.messages_since("typed")
    end = next((index for index, message in enumerate(answer) if is_complete(message)), len(answer))
    if any(map(is_generated, answer[: end + 1])):
        return not_seen("the whole answer had come before anybody could talk over it")
    return refuted("no `interrupted` came")


# --- functions ------------------------------------------------------------------------------------


def called(talk: Conversation) -> Finding:
    calls = calls_in(talk.server)
    return confirmed(f"{calls[0].get('name')} {calls[0].get('args')}") if calls else not_seen("it called nothing")


def call_ids(talk: Conversation) -> Finding:
    calls = calls_in(talk.server)
    if not calls:
        return not_seen("it called nothing")
    ids = [str(call.get("id") or "") for call in calls]
    if all(ids):
        return confirmed(ids[0] if talk.backend == "developer" else "with an id")
    # On Vertex AI an answer without an id is sent for a call without one.
    return refuted("a call without an id") if talk.backend == "developer" else not_seen("a call without an id")


def answered_with_the_result(talk: Conversation) -> Finding:
    if "result" not in talk.marks:
        return not_seen("it called nothing")
    return confirmed() if any(map(has_voice, talk.messages_since("result"))) else refuted("silence after the result")


def ended_after_the_call(talk: Conversation) -> Finding:
    if "result" not in talk.marks:
        return not_seen("it called nothing")
    asked = talk.messages_since("typed")
    start = next(index for index, message in enumerate(asked) if calls_in([message]))
    after = asked[start:]
    voice = next((index for index, message in enumerate(after) if has_voice(message)), len(after))
    ended = any(map(is_complete, after[:voice]))
    return confirmed("the answer is a turn of its own") if ended else confirmed("call and answer are one turn")


def status(talk: Conversation) -> Finding:
    ends = [content(message) for message in talk.server if is_complete(message)]
    if not ends:
        return not_seen("no turn was over")
    states = [str(end.get("interactionStatus") or "") for end in ends]
    return confirmed(", ".join(states)) if all(states) else refuted("a turn was over without interactionStatus")
