"""What we assume of `usageMetadata`. Pure."""

from __future__ import annotations

from bench.first_contact.evidence import Conversation, Message, has_voice, is_complete, usages
from bench.first_contact.verdicts import (
    Assumption,
    Finding,
    confirmed,
    judge_accepted,
    judge_all_accepted,
    not_seen,
    only_seen,
    refuted,
)


def _parts(usage: Message) -> tuple[int, int, int, int]:
    """Prompt, response, thoughts and total; what is missing counts 0."""
    response = usage.get("responseTokenCount", usage.get("candidatesTokenCount"))
    counts = (usage.get("promptTokenCount"), response, usage.get("thoughtsTokenCount"), usage.get("totalTokenCount"))
    prompt, out, thoughts, total = (int(count or 0) for count in counts)
    return prompt, out, thoughts, total


def _all(talks: list[Conversation]) -> list[Message]:
    return [usage for talk in talks for usage in usages(talk.server)]


def _adds_up(talks: list[Conversation]) -> Finding:
    found = _all(talks)
    if not found:
        return not_seen("no usage came")
    for usage in found:
        prompt, out, thoughts, total = _parts(usage)
        if out and total not in (prompt + out, prompt + out + thoughts):
            return refuted(f"{prompt} + {out} (thoughts {thoughts}) is not {total}")
    return confirmed(f"in {len(found)} messages")


def _thoughts(talks: list[Conversation]) -> Finding:
    thinking = [parts for usage in _all(talks) if (parts := _parts(usage))[2]]
    if not thinking:
        return not_seen("no thoughts were counted")
    prompt, out, thoughts, total = thinking[0]
    if total == prompt + out:
        return confirmed(f"{prompt} + {out} = {total}, and {thoughts} thoughts beside it")
    return refuted(f"{prompt} + {out} + {thoughts} thoughts against a total of {total}")


def _details(talks: list[Conversation]) -> Finding:
    gaps = []
    for usage in _all(talks):
        details = usage.get("promptTokensDetails")
        if not details or usage.get("promptTokenCount") is None:
            continue
        named = sum(int(item.get("tokenCount") or 0) for item in details)
        gaps.append(int(usage["promptTokenCount"]) - named)
    if not gaps:
        return not_seen("no details came")
    if min(gaps) < 0:
        return refuted(f"the details hold {-min(gaps)} tokens more than the prompt")
    return confirmed(f"{max(gaps)} tokens are not explained" if max(gaps) else "nothing is missing")


def _every_turn(talk: Conversation) -> Finding:
    ends = [message for message in talk.server if is_complete(message)]
    if not ends:
        return not_seen("no turn was over")
    counted = len(usages(talk.server))
    return confirmed(f"{counted} for {len(ends)} turns") if counted else refuted("not one turn was counted")


def _none_on_preview(talk: Conversation) -> Finding:
    if not any(map(has_voice, talk.server)):
        return not_seen("it said nothing")
    counted = len(usages(talk.server))
    return only_seen("" if counted else "a turn without usage: our own estimate stands in")


USAGE = (
    Assumption("usage", "R6", "Turns are counted in usageMetadata", judge_accepted("talk", _every_turn)),
    Assumption(
        "usage-sum",
        "R6",
        "Prompt and response add up to the total, with or without thoughts",
        judge_all_accepted(_adds_up),
    ),
    Assumption("usage-details", "R6", "The details of the prompt never exceed it", judge_all_accepted(_details)),
    Assumption("thoughts", "R6", "Thoughts stand beside the total", judge_all_accepted(_thoughts)),
)
NO_USAGE = Assumption(
    "no-usage-3.1",
    "R7",
    "A conversation with 3.1 may be counted nowhere",
    judge_accepted("seeded-3.1", _none_on_preview),
)
