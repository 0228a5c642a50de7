"""Gemini's models: what is known of each, what it accepts, and which one is tried next. Pure."""
