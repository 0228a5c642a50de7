"""What Opus saves and costs beside PCM."""
