"""Whether the gateway grows over hours."""
