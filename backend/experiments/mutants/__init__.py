"""Mutation testing of the core: small faults are put into it one at a time, and the tests must notice each."""
