"""`python -m s2s.access.listening HOST`: whether a gateway may listen at this address, as exit code and one sentence.

Commands that choose the address ask before they start: with a paid service and S2S_AUTH=none, callers from other
machines would only be refused.
"""

import sys
from collections.abc import Sequence

from s2s.access.locality import is_local_host
from s2s.settings import Settings, SettingsError
from s2s.startup import load_settings, start_error_text
from s2s.upstream.target.endpoints import choose_target


def why_not_listen(host: str, settings: Settings) -> str:
    """Return why no gateway should listen at this address; empty if it may. `host`: a name, or an address."""
    bare = host.strip().strip("[]")
    if is_local_host(f"[{bare}]" if ":" in bare else bare) or settings.s2s_auth != "none":
        return ""
    target = choose_target(settings)
    if target.backend == "emulator":
        return ""
    return (
        f"S2S_HOST={host} opens a paid service ({target.talking_to}) to other machines, but S2S_AUTH=none lets no one "
        "log in. Set S2S_AUTH=key, jwt or proxy in backend/.env (docs/access.md), S2S_AUTH=none-i-know to let everyone "
        "in, or leave S2S_HOST out."
    )


def main(words: Sequence[str]) -> int:
    """Write the sentence to standard error if there is one. Return the exit code."""
    if len(words) != 1:
        sys.stderr.write("usage: python -m s2s.access.listening HOST\n")
        return 2
    try:
        reason = why_not_listen(words[0], load_settings())
    except SettingsError as fault:
        reason = start_error_text(fault)
    if reason:
        sys.stderr.write(f"{reason}\n")
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
