"""Recordings of people, and noises, that the clients play."""
