"""One Gemini Live conversation as a sans-I/O machine: events in, effects out, one deadline. Pure."""
