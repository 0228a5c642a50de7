"""From samples and timestamps to numbers and verdicts. Pure."""
