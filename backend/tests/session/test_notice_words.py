"""What a notice says: the page shows its words as they are, to people who run no server."""

import re

import pytest

from s2s import wire
from s2s.core.texts import notices
from s2s.limits.budget import DAY_NOTICE, JOURNAL_NOTICE, OWN_NOTICE
from s2s.limits.paid_calls import PAID_CALLS_OFF_NOTICE
from s2s.limits.session_limits import LimitNotice, SessionLimiter, SessionLimits
from s2s.limits.usage import Usage
from s2s.session.manager import SHUTDOWN_NOTICE

DEVELOPER_WORDS = re.compile(r"[A-Z0-9]_[A-Z]|backend|\.env|GET /|\bREST\b|[Gg]ateway|[Uu]pstream|error.log")
STRAY_WORDS = re.compile(r"voice service|this service|the service|\bcalls?\b|functions?\b|pictures?\b|loudspeaker")


def limits_in_all() -> list[LimitNotice]:
    """Every warning and every end of a limiter."""
    said: list[LimitNotice] = []
    for limits in (
        SessionLimits(session_s=600),
        SessionLimits(idle_s=600),
        SessionLimits(tokens=10),
        SessionLimits(usd=1),
    ):
        limiter = SessionLimiter(limits, 0.0)
        for now, spent in ((550.0, Usage(9, 0.9)), (700.0, Usage(20, 2.0))):
            said += limiter.handle(None, now, spent)
    return said


NOTICES = [
    *(value for value in vars(notices).values() if isinstance(value, wire.Notice)),
    *(DAY_NOTICE, OWN_NOTICE, JOURNAL_NOTICE, PAID_CALLS_OFF_NOTICE, SHUTDOWN_NOTICE),
    *limits_in_all(),
]


def test_each_kind_of_notice_is_read():
    assert len(NOTICES) >= 19


@pytest.mark.parametrize("notice", NOTICES, ids=lambda notice: notice.code)
def test_it_is_told_in_the_words_of_the_page_and_not_of_its_makers(notice: wire.Notice | LimitNotice):
    text = f"{notice.message} {notice.hint}".strip()
    assert not DEVELOPER_WORDS.search(text)
    assert not STRAY_WORDS.search(text)
    assert all(part[0].isupper() and part.endswith(".") for part in (notice.message, notice.hint) if part)
    # As the page writes its apostrophes.
    assert "'" not in text
