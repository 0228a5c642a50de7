"""The one way out for model, tokens, functions and health: proxies, certificate authorities, errors."""
