"""Verdicts, and what judges of assumptions have in common. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from bench.first_contact.evidence import Conversation

Verdict = Literal["confirmed", "refuted", "not seen"]
Evidence = Mapping[str, Conversation]
"""The conversations that were held, by name."""

WORDS: dict[Verdict, str] = {"confirmed": "confirmed", "refuted": "REFUTED", "not seen": "not seen"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one assumption."""

    verdict: Verdict
    seen: str = ""
    """What was seen, or why nothing was."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that our tables or our code take for granted."""

    id: str
    source: str
    """Where it is written: a row of GEMINI_WIRE.md, or the table."""
    sentence: str
    judge: Callable[[Evidence], Finding]


def confirmed(seen: str = "") -> Finding:
    return Finding("confirmed", seen)


def refuted(seen: str) -> Finding:
    return Finding("refuted", seen)


def not_seen(why: str = "it did not happen") -> Finding:
    return Finding("not seen", why)


def only_seen(seen: str) -> Finding:
    """Nothing rests on it: it was met, or it was not."""
    return confirmed(seen) if seen else not_seen("it did not come; nothing rests on it")


Judge = Callable[[Conversation], Finding]


def judge_accepted(name: str, judge: Judge) -> Callable[[Evidence], Finding]:
    """Judges one conversation, if it was held."""

    def look(evidence: Evidence) -> Finding:
        talk = evidence.get(name)
        if talk is None:
            return not_seen("not part of this script")
        if not talk.accepted:
            return not_seen(_why_not(talk))
        return judge(talk)

    return look


def confirm_accepted(name: str, and_then: Judge = lambda talk: confirmed("accepted")) -> Callable[[Evidence], Finding]:
    """Confirmed when the service takes this setup."""

    def look(evidence: Evidence) -> Finding:
        talk = evidence.get(name)
        if talk is None:
            return not_seen("not part of this script")
        if talk.accepted:
            return and_then(talk)
        return refuted(talk.refusal) if talk.refused else not_seen(_why_not(talk))

    return look


def confirm_refused(name: str, code: int, *texts: str) -> Callable[[Evidence], Finding]:
    """Confirmed when the service refuses with this code and one of these texts, whose case does not matter."""

    def look(evidence: Evidence) -> Finding:
        talk = evidence.get(name)
        if talk is None:
            return not_seen("not part of this script")
        if talk.accepted:
            return refuted("it was accepted")
        if not talk.refused:
            return not_seen(_why_not(talk))
        met = (talk.http_status or talk.close_code) == code
        said = (talk.http_body if talk.http_status else talk.close_reason).lower()
        known = not texts or any(text.lower() in said for text in texts)
        return confirmed(talk.refusal) if met and known else refuted(talk.refusal)

    return look


def confirm_refused_or_accepted(name: str, code: int, *texts: str) -> Callable[[Evidence], Finding]:
    """A refusal must be the known one; that it is accepted refutes nothing."""
    refusal = confirm_refused(name, code, *texts)

    def look(evidence: Evidence) -> Finding:
        taken = name in evidence and evidence[name].accepted
        return not_seen("it is accepted") if taken else refusal(evidence)

    return look


def observe_accepted(name: str) -> Callable[[Evidence], Finding]:
    """Nothing is assumed: worth knowing when it is accepted."""

    def look(evidence: Evidence) -> Finding:
        talk = evidence.get(name)
        return only_seen("accepted" if talk is not None and talk.accepted else "")

    return look


def judge_all_accepted(judge: Callable[[list[Conversation]], Finding]) -> Callable[[Evidence], Finding]:
    """Judges every conversation whose setup was accepted."""

    def look(evidence: Evidence) -> Finding:
        talks = [talk for talk in evidence.values() if talk.accepted]
        return judge(talks) if talks else not_seen("no setup was accepted")

    return look


def _why_not(talk: Conversation) -> str:
    if talk.missed:
        return talk.missed
    if talk.refused:
        return f"not held: {talk.refusal}"
    return "no setupComplete came" if talk.opened else "not held"
