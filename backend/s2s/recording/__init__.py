"""Recordings of sessions: every event and effect in a file, and a core driven with them again."""
