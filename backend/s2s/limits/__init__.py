"""What a session and a day may use: time, tokens and money, rates, and the circuit breaker."""
