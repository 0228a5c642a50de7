"""One gateway under load: many talkers, a scheduled upstream, and figures from their timestamps."""
