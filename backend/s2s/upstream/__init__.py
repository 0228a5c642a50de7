"""Everything about Gemini Live: models, refusals, wire format, endpoints, credentials, network and connection."""
