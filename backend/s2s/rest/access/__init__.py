"""Who may use which route: the guard that every request passes, and the routes of tokens and of the operator."""
