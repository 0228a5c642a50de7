"""Audio formats, the client's input audio and text that a synthesizer can speak. Pure; imports no other package."""
