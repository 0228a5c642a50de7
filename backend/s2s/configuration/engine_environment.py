"""The part of the environment that the local engine, a child process, needs. Keys for Google are none of it. Pure."""

from collections.abc import Mapping

from s2s.configuration.proxies import VARIABLES as PROXIES

ENGINE_PREFIX = "GEMINI_EMULATOR_"
NAMES = frozenset(
    {
        # The system: programs, libraries, home and temporary folders, language and time zone.
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
        *("PROCESSOR_ARCHITECTURE", "NUMBER_OF_PROCESSORS"),
        # Python and the libraries that hear and speak.
        *("VIRTUAL_ENV", "NUMBA_NUM_THREADS", "KMP_DUPLICATE_LIB_OK", "CUDA_VISIBLE_DEVICES"),
        # Authorities for a language model over HTTPS.
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    }
)
PREFIXES = ("LC_", "XDG_", "PYTHON", "OMP_", "OPENBLAS_", "MKL_", "ORT_", "MOONSHINE_", "HF_", "COVERAGE_")
_SECRET_WORDS = ("KEY", "TOKEN", "SECRET", "PASSWORD")


def engine_part(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for the engine.

    Proxies, which may hold passwords, go along only where it is given a language model to ask.
    """
    found = {name: value for name, value in environ.items() if _is_for_engine(name.upper())}
    if environ.get(f"{ENGINE_PREFIX}LLM_URL"):
        found |= {name: value for name, value in environ.items() if name.lower() in PROXIES}
    return found


def _is_for_engine(name: str) -> bool:
    if name.startswith(ENGINE_PREFIX) or name in NAMES:
        return True
    return name.startswith(PREFIXES) and not any(word in name for word in _SECRET_WORDS)
