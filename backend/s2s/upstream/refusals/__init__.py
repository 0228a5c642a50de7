"""What each close code, HTTP status and error text of the service means, and its remedy. Pure."""
