"""Measurements: clients without a page, a real browser, a gateway under load, and the reports."""
