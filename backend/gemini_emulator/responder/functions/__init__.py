"""Which declared function a request is for, and what follows from the last call."""
