"""The asyncio shell of a conversation, and the manager of all of them."""
