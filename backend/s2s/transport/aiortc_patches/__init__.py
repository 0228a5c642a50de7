"""What is replaced in one connection's aiortc, each with the version that it was read in and the reason."""
