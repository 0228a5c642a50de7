"""A real Chromium, and what its page recorded."""
