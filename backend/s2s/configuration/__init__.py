"""Parse and validate settings: the .env file, the forms of values, and messages for wrong ones."""
