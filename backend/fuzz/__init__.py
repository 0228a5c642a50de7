"""Fuzzing of every parser that faces a network: `python -m fuzz TARGET --seconds N`, and a short run in the tests."""
