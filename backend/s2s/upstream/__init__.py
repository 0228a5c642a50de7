"""Everything about Google's service: its models, endpoints and wire."""
