"""What the doors to the browser share: send queue, microphone order, Opus, session descriptions, ICE and TURN."""
