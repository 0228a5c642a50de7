"""Gemini Live JSON to and from the core's events, without state; what is not as documented is read too. Pure."""
