"""The model's function calls within one session: when each runs, and how it is answered exactly once."""
