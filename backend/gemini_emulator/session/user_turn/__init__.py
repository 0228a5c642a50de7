"""The user's side of a conversation: audio to utterances, utterances to turns, turns to text."""
