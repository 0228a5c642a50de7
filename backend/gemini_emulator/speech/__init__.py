"""Speech engines behind one interface: voice activity detection, recognition, synthesis, language models."""
