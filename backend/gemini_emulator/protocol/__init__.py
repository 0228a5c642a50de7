"""The Gemini Live wire format: strict JSON reading, `setup`, models, tokens, close codes. Pure."""
