"""Find misspelt settings, which would otherwise be ignored. Pure."""

import difflib
import re
from collections.abc import Collection, Iterable

from s2s.configuration.wording import nearest, shown

OTHER_READERS = frozenset({"S2S_HOST", "S2S_PORT", "S2S_CLIENT_PORT", "S2S_RUN_DIR", "S2S_WORKERS", "S2S_STORIES"})
"""Settings that `make run`, `make serve` and the tests read, not the gateway."""
_KUBERNETES = re.compile(r"S2S_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
"""Variables that Kubernetes adds for a Service named s2s."""
_OURS = "S2S_"
_SHARED = ("GEMINI_", "GCP_", "GOOGLE_", "SERVICE_")
"""Prefixes that other programs use too: such a name is reported only if it is close to a setting."""
_OTHERS_NAMES = frozenset(
    {
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_CLOUD_LOCATION",
        "GOOGLE_CLOUD_QUOTA_PROJECT",
        "GOOGLE_GENAI_USE_VERTEXAI",
    }
)
_NEAR, _VERY_NEAR = 0.84, 0.9
_SYNONYMS = {
    "GCP_PROJECT": "GCP_PROJECT_ID",
    "GCP_LOCATION": "GCP_REGION",
    "GCP_ZONE": "GCP_REGION",
    "GEMINI_KEY": "GEMINI_API_KEY",
    "GEMINI_MODEL_NAME": "GEMINI_MODEL",
    "GEMINI_MODEL_ID": "GEMINI_MODEL",
    "GEMINI_VOICE": "S2S_VOICE",
    "SERVICE_ACCOUNT_KEY": "SERVICE_ACCOUNT_KEY_PATH",
    "SERVICE_ACCOUNT_PATH": "SERVICE_ACCOUNT_KEY_PATH",
    "SERVICE_ACCOUNT_FILE": "SERVICE_ACCOUNT_KEY_PATH",
}


def unread(names: Iterable[str], known: Collection[str]) -> list[str]:
    """Return a sentence for each name that looks like a setting but is none. `known`: settings in upper case."""
    return [sentence for name in sorted(names) if (sentence := _complaint(name, known))]


def _complaint(name: str, known: Collection[str]) -> str | None:
    upper = name.upper()
    if name in known or name in OTHER_READERS or _KUBERNETES.fullmatch(name):
        return None
    ours = [one for one in known if one.startswith((_OURS, *_SHARED))]
    if upper in ours:
        return f"{shown(name)} is not read: names are in capitals, {upper}."
    if upper.startswith(_OURS):
        without_prefix = [one.removeprefix(_OURS) for one in ours if one.startswith(_OURS)]
        close = nearest(upper.removeprefix(_OURS), without_prefix)
        end = f": did you mean {_OURS}{close}?" if close else " and is not read."
        return f"{shown(name)} is no setting of S2S{end}"
    if upper in _OTHERS_NAMES:
        return None
    cutoff = _NEAR if upper.startswith(_SHARED) else _VERY_NEAR
    meant = _SYNONYMS.get(upper) or next(iter(difflib.get_close_matches(upper, ours, n=1, cutoff=cutoff)), None)
    return f"{shown(name)} is not read: did you mean {meant}?" if meant else None
