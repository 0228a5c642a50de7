"""The model's function calls within one session: when they run, and how each is answered once."""
