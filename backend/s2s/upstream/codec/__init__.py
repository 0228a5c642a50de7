"""Gemini Live JSON to and from the core's events, stateless and tolerant of undocumented shapes. Pure."""
