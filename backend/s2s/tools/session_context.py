"""The session that a running function belongs to. Set in its task, read by log lines."""

from contextvars import ContextVar

SESSION: ContextVar[str] = ContextVar("session", default="")
"""Session id; empty outside a session."""
