"""Who calls, what they may do, and what proves it."""
