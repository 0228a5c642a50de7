"""Measurements: a browser without a browser, and reports. Of the gateway it knows the browser wire only."""
