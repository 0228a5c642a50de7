"""`make doctor`: tries what a call needs, step by step, and says what works and what to do about the rest."""
