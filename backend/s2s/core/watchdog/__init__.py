"""Notices that the model does not answer as it should, and decides what to do about it."""
