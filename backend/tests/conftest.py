"""What holds for all stories: how long a random one takes is a matter of the machine."""

from hypothesis import HealthCheck, settings

# The rest is what Hypothesis itself chooses for the place where it runs.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")
