"""The model's side of a conversation: what a turn says, how fast it is sent, which functions it calls."""
