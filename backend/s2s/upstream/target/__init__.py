"""Select service, endpoint and model from the settings. Pure."""
