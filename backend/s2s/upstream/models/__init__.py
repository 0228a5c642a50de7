"""Gemini models: facts, capabilities and fallback order. Pure."""
