"""What holds for all stories: how long a random one takes is a matter of the machine."""

import os

from hypothesis import HealthCheck, settings

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
