"""The measurements: each module is a command of `python -m bench`."""
