"""`make doctor`: try what a call needs, step by step, and name a remedy for each failure."""
