"""Load and check the settings from the process environment and backend/.env, or explain what is wrong with them.

The only place that reads the environment.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from s2s import folder_checks, logs
from s2s.configuration import credential_files, env_file
from s2s.configuration.engine_environment import ENGINE_PREFIX, engine_part
from s2s.limits.usage import Price, PricesError, built_in_price, find_price
from s2s.settings import BACKEND_DIR, SECRETS, Settings, SettingsError
from s2s.upstream.network.outbound import Network
from s2s.upstream.network.system_proxies import system_proxies

ENV_FILE = BACKEND_DIR / ".env"
MAX_DESCRIPTORS = 65_536
"""More than a gateway can use."""
OPEN_MAX = 10_240
"""Of macOS, for one process."""
WINDOWS_DESCRIPTORS = 8_192


def credentials() -> credential_files.CredentialFiles:
    """Return the secrets that were handed over as files, if any."""
    folder = os.environ.get(credential_files.FOLDER_VARIABLE, "")
    names = sorted(name.upper() for name in SECRETS)
    return credential_files.read(Path(folder), names) if folder else credential_files.CredentialFiles()


def environment(file: env_file.EnvFile | None = None) -> Mapping[str, str]:
    """Return backend/.env overridden by the process environment, and both by secrets that were handed over as files."""
    secrets = credentials().values
    values = {**(file or env_file.read(ENV_FILE)).values, **secrets}
    for name, value in values.items():
        if name.startswith(ENGINE_PREFIX) and value:
            # The local engine, a child process, reads these itself.
            os.environ.setdefault(name, value)
    known = {**values, **os.environ, **secrets}
    return {**system_proxies(known), **known}


def engine_environment() -> dict[str, str]:
    """Return the part of this process's environment that the local engine needs, without keys and other settings."""
    return engine_part(os.environ)


def load_settings() -> Settings:
    """Load the settings. Raises SettingsError with everything that is wrong in the environment and in backend/.env."""
    file = env_file.read(ENV_FILE)
    mistakes = (*file.mistakes, *credentials().mistakes)
    return Settings.from_env(
        environment(file), mistakes=mistakes, warnings=file.warnings, outside_file=frozenset(os.environ)
    )


def network_of(settings: Settings) -> Network:
    """Return the outbound network after checking every file and folder that the settings name.

    Raises SettingsError with all that cannot be used.
    """
    faults = [SettingsError.from_validation(sentences)] if (sentences := folder_checks.unusable(settings)) else []
    network = None
    try:
        network = Network(settings)
    except SettingsError as fault:
        faults.append(fault)
    try:
        price_for("", settings)
    except SettingsError as fault:
        faults.append(fault)
    if len(faults) == 1:
        raise faults[0]
    if network is None or faults:
        raise SettingsError.from_validation([mistake for fault in faults for mistake in fault.mistakes])
    return network


def raise_descriptor_limit() -> int:
    """Raise the limit of open files to what the system allows this process, and return it.

    Windows has none; its answer is WINDOWS_DESCRIPTORS.
    """
    if sys.platform == "win32":
        return WINDOWS_DESCRIPTORS
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS calls its hard limit infinite and refuses more than OPEN_MAX.
    wanted = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MAX_DESCRIPTORS)
    for limit in (wanted, OPEN_MAX):
        if soft == resource.RLIM_INFINITY or soft >= limit:
            break
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            return limit
        except (ValueError, OSError):
            continue
    return MAX_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


def price_for(model: str, settings: Settings) -> Price | None:
    """Return the price of a model, None if it has none. Raises SettingsError if the price file cannot be used."""
    path = settings.s2s_prices_file
    if not path:
        return built_in_price(model)
    try:
        return find_price(model, Path(path).expanduser().read_bytes())
    except OSError as fault:
        raise SettingsError(
            f"S2S_PRICES_FILE: {path} cannot be read ({fault.strerror}). See docs/costs.md for its form."
        ) from fault
    except PricesError as fault:
        raise SettingsError(f"S2S_PRICES_FILE: {fault}. See docs/costs.md for its form.") from fault


def start_error_text(fault: SettingsError) -> str:
    """Explain why the gateway cannot start, without secrets."""
    return f"S2S cannot start: {logs.scrub(str(all_mistakes(fault)))}"


def all_mistakes(fault: SettingsError) -> SettingsError:
    """Report all faulty files and folders at once, together with the other settings."""
    if fault.others is not None:
        try:
            network_of(fault.others)
        except SettingsError as more:
            return SettingsError.from_validation([*fault.mistakes, *more.mistakes], in_file=fault.in_file)
    return fault
