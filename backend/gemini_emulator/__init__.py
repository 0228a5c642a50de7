"""A Gemini Live server on your own machine: it really hears and speaks, needs no key and no network."""
