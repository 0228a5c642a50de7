"""One socket to the model: dialing, queues, keepalive, and the emulator as a child process."""
