"""What holds for all stories: they start declared programs only, and how long a random one takes is a matter of the
machine."""

import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

from needs import DECLARED, SUITES, declared_path

# As scripts/test.py does it, for whoever starts pytest himself; the workers of a parallel run inherit it.
if DECLARED not in os.environ.get("PATH", ""):
    os.environ["PATH"] = declared_path(*SUITES)

# No test, and no program that a test starts, ever finds the credentials of this machine.
CREDENTIALS = (
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "GCP_PROJECT_ID",
    "SERVICE_ACCOUNT_KEY_PATH",
    "GEMINI_LIVE_TOKEN",
    "YES",
)
for name in CREDENTIALS:
    os.environ.pop(name, None)

# The rest is what Hypothesis itself chooses for the place where it runs.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Stories of half characters log some; the workers of a parallel run send their reports as UTF-8."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report
