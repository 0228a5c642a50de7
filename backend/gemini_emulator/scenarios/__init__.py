"""Scenarios that come with the emulator."""
