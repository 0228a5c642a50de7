"""Which service, endpoint and model the settings mean. Pure."""
