"""The command line, one module per group of commands.

Each module has `add(commands)`, which adds its parsers and sets `run` on them: options in, exit code out.
"""
