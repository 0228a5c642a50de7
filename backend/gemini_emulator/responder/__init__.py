"""What the model answers: text in, text or function calls out, without a language model. Pure."""
