"""Google access tokens: their sources, and refreshing them ahead of expiry."""
