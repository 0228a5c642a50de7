"""One call without I/O: turns, playout, interruption, tools, the upstream link and the watchdog. Pure."""
