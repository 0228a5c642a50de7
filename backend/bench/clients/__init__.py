"""What talks to a gateway or to the emulator in a measurement."""
