"""The asyncio shell around one conversation's core, and the manager of all sessions."""
