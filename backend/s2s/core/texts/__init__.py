"""Texts of the core: prompts to the model, notices to the user, and recognizing a prompt that comes back. Pure."""
