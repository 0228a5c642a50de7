"""The watchdog: notices that the model does not reply as it should, and decides what to do about it."""
