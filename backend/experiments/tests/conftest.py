"""Declared programs only and no credentials, as for all other tests."""

import tests.conftest  # noqa: F401
