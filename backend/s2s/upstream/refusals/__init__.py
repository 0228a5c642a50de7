"""Classify close codes, HTTP statuses and error texts of the service, each with its remedy. Pure."""
