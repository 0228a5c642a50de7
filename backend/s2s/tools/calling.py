"""Whose call it is that a function runs for. Set in the task that runs it, read where something is logged about it."""

from contextvars import ContextVar

SESSION: ContextVar[str] = ContextVar("session", default="")
"""The id of the session, or nothing outside of one."""
