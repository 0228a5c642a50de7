"""Google's access tokens: where they come from, and fetching them ahead of their end."""
