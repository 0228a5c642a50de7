"""Limits on sessions, rates, tokens and money, and the circuit breaker."""
