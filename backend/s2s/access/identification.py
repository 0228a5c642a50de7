"""The result of looking at a request's credentials. Pure."""

from dataclasses import dataclass

from s2s.access.caller import Caller
from s2s.errors import S2SError


@dataclass(frozen=True, slots=True)
class Identification:
    """Who sent a request, and why the credentials that came with it were not accepted."""

    caller: Caller
    fault: S2SError | None = None
    """The refusal of credentials that are wrong. It matters only where the caller alone may not do what is asked."""
    why_not_local: str = ""
