"""Refusals that answer nothing that was asked: of the key, the project, the purse, or of the moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bench.first_contact.evidence import Conversation
from s2s.upstream.codec.error_text import refusal_text
from s2s.upstream.refusals.close_codes import Verdict, diagnose
from s2s.wire import Backend

_OF_EVERY_CONVERSATION = frozenset(
    {
        "api_disabled",
        "api_key_restricted",
        "bad_api_key",
        "billing_disabled",
        "credits_depleted",
        "location_not_supported",
        "project_denied",
        "spending_cap",
        "token_used_up",
    }
)
_PASSING = (Verdict.RETRY, Verdict.WAIT, Verdict.RENEW_TOKEN)


@dataclass(frozen=True, slots=True)
class UnrelatedRefusal:
    """Why a conversation was not held."""

    text: str
    """A sentence, with its remedy."""
    for_all: bool
    """Every other conversation would be refused too."""


def find_unrelated_refusal(talk: Conversation, backend: Backend) -> UnrelatedRefusal | None:
    """None: it was held, or it was refused for what it asked for."""
    if not talk.refused:
        return None
    status = talk.http_status
    reason = refusal_text(status, talk.http_body.encode()) if status else talk.close_reason
    found = diagnose(status or talk.close_code or 1006, reason, was_live=False, backend=backend)
    for_all = found.code in _OF_EVERY_CONVERSATION
    if not for_all and (found.verdict not in _PASSING or found.code == "upstream_lost"):
        return None
    return UnrelatedRefusal(f"Not held: {found.message} {found.hint} ({talk.refusal})", for_all)
