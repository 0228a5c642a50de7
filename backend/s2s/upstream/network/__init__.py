"""Outbound network access for model, tokens, functions and health: proxies, certificate authorities, errors."""
