"""Every event and effect of a session on file, and the core driven with them again."""
