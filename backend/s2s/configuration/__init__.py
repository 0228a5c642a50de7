"""Forms of settings: the .env file, valid values, and messages for wrong ones."""
