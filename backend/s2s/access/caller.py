"""The caller of a request: identity, grants and role. Every way to authenticate ends in one of these. Pure."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grants:
    """What a caller may use. None means: as the gateway's own settings say."""

    voices: frozenset[str] | None = None
    tools: frozenset[str] | None = None
    session_minutes: float | None = None
    """Longest call."""
    day_tokens: int | None = None
    day_usd: float | None = None
    own_instruction: bool = True
    """Whether the caller may send a system instruction of their own."""
    priority: int = 0
    """Higher: may take the place of a session that waits for its browser when all are in use."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request."""

    address: str = ""
    """Address group (`address_group`), empty if unknown."""
    identity: str = ""
    """Stable name of who authenticated, with its source: "key:3f2a", "jwt:alice". Empty: anonymous or local."""
    name: str = ""
    """For people to read."""
    groups: tuple[str, ...] = ()
    grants: Grants = field(default_factory=Grants)
    is_local: bool = False
    """The request comes from this machine: peer, forwarded addresses and Host name are all loopback."""
    is_operator: bool = False
    """May see and end everything: a local request, or one with the operator's key or claim."""
    is_server: bool = False
    """May issue join tokens: a site's own server, with a server key."""

    @property
    def is_trusted(self) -> bool:
        """Local or authenticated: dialled for early, not held to the limits for anonymous callers."""
        return self.is_local or bool(self.identity) or self.is_operator

    @property
    def account(self) -> str:
        """Whose budget a call is charged to: the identity, else the address group; "local" on this machine."""
        if self.identity:
            return self.identity
        return "local" if self.is_local else f"address:{self.address}"


LOCAL_CALLER = Caller(address="127.0.0.1", is_local=True, is_operator=True)
"""A user at this machine's own keyboard."""
