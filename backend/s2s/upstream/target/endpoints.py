"""Select the upstream: Vertex AI, the Developer API or the emulator, by what credentials exist."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from s2s.configuration.addresses import is_service_address
from s2s.settings import Settings
from s2s.upstream.models.model_candidates import Candidates, candidates_for
from s2s.upstream.models.model_capabilities import Capabilities, capabilities
from s2s.upstream.models.model_table import retirement_warning
from s2s.upstream.target.default_credentials import missing_file, place_of_default_credentials
from s2s.upstream.target.model_choice import choose_fallback, choose_model
from s2s.wire import Backend

VERTEX_SERVICE = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
DEVELOPER_SERVICE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
DEVELOPER_HOST = "wss://generativelanguage.googleapis.com"
DEFAULT_KEY_FILE: str = Settings.model_fields["service_account_key_path"].default

Credentials = Literal["key_file", "default", "api_key", "none"]
"""How calls are authorised; "default": Application Default Credentials."""


@dataclass(frozen=True, slots=True)
class UpstreamTarget:
    """The upstream that the settings select."""

    backend: Backend
    model: str
    model_path: str
    """The model as setup names it."""
    base_url: str
    """ws:// or wss:// and the host; empty for our own emulator, whose port is known once it listens."""
    path: str
    why: str
    """What decided, as text."""
    credentials: Credentials = "none"
    api_key: str = field(default="", repr=False)
    project: str = ""
    """Vertex AI project; empty: the one that the credentials name."""
    location: str = ""
    """Vertex AI location: a region, a multi-region or global."""
    fallback_models: tuple[str, ...] = ()
    """At most one model to use if the first one no longer answers."""
    reply_limit_s: float = 0.0
    """Reply timeout in seconds; 0: the model's default."""
    warnings: tuple[str, ...] = ()
    fault: str = ""
    """Why it cannot work; empty if it can."""

    def candidates(self) -> Candidates:
        """Return the models that may answer: the configured ones, then their successors in the same place."""
        return candidates_for(self.backend, (self.model, *self.fallback_models), self.location)

    def abilities(self) -> tuple[Capabilities, ...]:
        """Return the capabilities of each candidate."""
        return tuple(capabilities(self.backend, model) for model in self.candidates().names)

    def with_model(self, model: int) -> "UpstreamTarget":
        """Return the target that starts at this candidate and drops those before it."""
        candidates = self.candidates()
        name, later = candidates.names[model], candidates.names[model + 1 : candidates.configured]
        path = self.model_path.removesuffix(self.model) + name
        return replace(self, model=name, model_path=path, fallback_models=later)

    @property
    def talking_to(self) -> str:
        """Description for the line that `make run` prints."""
        if self.backend == "emulator":
            return f"local engine ({self.why})"
        name = "Vertex AI" if self.backend == "vertex" else "Gemini Developer API"
        return f"{name}, {self.model} ({self.why})"

    def url(self, base_url: str | None = None) -> str:
        """Return the URL to dial; `base_url` for our own emulator."""
        return (base_url or self.base_url).rstrip("/") + self.path


def choose_target(settings: Settings, has_default_credentials: Callable[[], bool] | None = None) -> UpstreamTarget:
    """Select the target; `S2S_UPSTREAM` overrules.

    Key file -> Vertex AI; else API key -> Developer API; else, if GCP_PROJECT_ID names a project to bill, Application
    Default Credentials -> Vertex AI; else the emulator.

    `has_default_credentials`: whether there are any, found without network access.
    """
    look = has_default_credentials or (lambda: _has_default_credentials(settings))
    wanted = settings.s2s_upstream
    if wanted == "vertex":
        choice = _vertex(settings, "key_file" if _is_file(settings.key_path) or _key_was_meant(settings) else "default")
        if choice.credentials == "default" and not look():
            choice = replace(choice, fault=choice.fault or _no_vertex_credentials(settings))
        elif choice.credentials == "default" and not settings.project:
            warning = "GCP_PROJECT_ID is not set; the project named in the credentials is used."
            choice = replace(choice, warnings=(*choice.warnings, warning))
    elif wanted == "auto" and _is_file(settings.key_path):
        choice = _vertex(settings, "key_file")
    elif wanted == "developer" or (wanted == "auto" and settings.api_key):
        choice = _developer(settings, look)
    elif wanted == "auto" and settings.project and not _key_was_meant(settings) and look():
        choice = _vertex(settings, "default")
    else:
        choice = _emulator(settings)
    return _with_fallback(replace(choice, reply_limit_s=settings.s2s_reply_limit_s), settings)


def current_warnings(choice: UpstreamTarget, today: date) -> tuple[str, ...]:
    """Return warnings for the operator: faulty settings and models about to retire."""
    models = (choice.model, *choice.fallback_models)
    retiring = (retirement_warning(model, choice.backend, today) for model in models)
    return (*choice.warnings, *(warning for warning in retiring if warning is not None))


def vertex_host(location: str) -> str:
    """Return wss:// and the host of a location: a region, a multi-region (us, eu) or global."""
    if location == "global":
        return "wss://aiplatform.googleapis.com"
    if location in ("us", "eu"):
        return f"wss://aiplatform.{location}.rep.googleapis.com"
    return f"wss://{location}-aiplatform.googleapis.com"


def _with_fallback(choice: UpstreamTarget, settings: Settings) -> UpstreamTarget:
    fallback = choose_fallback(settings, choice.backend, choice.model)
    models = (fallback.model,) if fallback.model else ()
    return replace(choice, fallback_models=models, warnings=(*choice.warnings, *fallback.warnings))


def _vertex(settings: Settings, credentials: Credentials) -> UpstreamTarget:
    location = settings.gcp_region
    chosen = choose_model(settings, "vertex", location)
    warnings, fault = chosen.warnings, chosen.fault
    if credentials == "key_file" and not _is_file(settings.key_path):
        fault = f"{_what_is_wrong_with_the_key_path(settings)} See VERTEX_AI_SETUP.md."
    if settings.api_key:
        because = (
            "while the service account key exists"
            if settings.s2s_upstream == "auto"
            else "because of S2S_UPSTREAM=vertex"
        )
        warnings += (f"An API key is set too; it is not used {because}.",)
    found = "service account key found" if credentials == "key_file" else "Application Default Credentials found"
    return UpstreamTarget(
        backend="vertex",
        model=chosen.model,
        model_path=f"projects/{{project}}/locations/{location}/publishers/google/models/{chosen.model}",
        base_url=_ws(settings.google_vertex_base_url) or vertex_host(location),
        path=VERTEX_SERVICE,
        why="S2S_UPSTREAM=vertex" if settings.s2s_upstream == "vertex" else found,
        credentials=credentials,
        project=settings.project,
        location=location,
        warnings=warnings,
        fault=fault,
    )


def _developer(settings: Settings, has_default_credentials: Callable[[], bool]) -> UpstreamTarget:
    chosen = choose_model(settings, "developer")
    fault = chosen.fault if settings.api_key else "S2S_UPSTREAM=developer needs GEMINI_API_KEY in backend/.env."
    warnings = chosen.warnings
    if settings.s2s_upstream == "auto":
        if _key_was_meant(settings):
            warnings += (f"{_what_is_wrong_with_the_key_path(settings)} The API key is used instead.",)
        elif settings.project and has_default_credentials():
            warnings += (
                "GCP_PROJECT_ID and Google credentials are there too; the API key is used. "
                "S2S_UPSTREAM=vertex would use them.",
            )
    return UpstreamTarget(
        backend="developer",
        model=chosen.model,
        model_path=f"models/{chosen.model}",
        base_url=_ws(settings.google_gemini_base_url) or DEVELOPER_HOST,
        path=DEVELOPER_SERVICE,
        why="S2S_UPSTREAM=developer" if settings.s2s_upstream == "developer" else "API key found",
        credentials="api_key",
        api_key=settings.api_key,
        warnings=warnings,
        fault=fault,
    )


def _emulator(settings: Settings) -> UpstreamTarget:
    chosen = choose_model(settings, "emulator")
    fault = chosen.fault
    # Naming an emulator selects it.
    unasked = settings.s2s_upstream == "auto" and not settings.s2s_emulator_url
    missed = _credentials_that_were_meant(settings) if unasked else ()
    if settings.s2s_emulator_url and not is_service_address(settings.s2s_emulator_url):
        fault = "S2S_EMULATOR_URL must look like ws://127.0.0.1:9090."
    return UpstreamTarget(
        backend="emulator",
        model=chosen.model,
        model_path=f"models/{chosen.model}",
        base_url=_ws(settings.s2s_emulator_url),
        path=DEVELOPER_SERVICE,
        why=(
            "S2S_UPSTREAM=emulator"
            if settings.s2s_upstream == "emulator"
            else "the named credentials cannot be used"
            if missed
            else "no credentials found"
        ),
        api_key="local",
        warnings=(*chosen.warnings, *missed),
        fault=fault,
    )


def _ws(url: str) -> str:
    """Convert http and https addresses, as in the SDK's variables, to ws and wss."""
    if url.startswith("http"):
        return "ws" + url.removeprefix("http")
    return url


# --- credentials that were meant -----------------------------------------------------------------

_LONGEST_SHOWN = 100


def _has_default_credentials(settings: Settings) -> bool:
    return place_of_default_credentials(settings.google_application_credentials, settings.cloudsdk_config) is not None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _key_was_meant(settings: Settings) -> bool:
    """Return True if a key file is named but missing. The template's name proves nothing: every .env has it."""
    return settings.service_account_key_path != DEFAULT_KEY_FILE and not _is_file(settings.key_path)


def _what_is_wrong_with_the_key_path(settings: Settings) -> str:
    # Callers read this too: they see the file's name, not its path.
    written, path = settings.service_account_key_path, settings.key_path
    if not written.isprintable():
        return (
            "SERVICE_ACCOUNT_KEY_PATH holds a control character: within double quotes a backslash begins one. "
            "Write the path with / or without quotation marks."
        )
    if written[0] in "\"'‘’“”" or written[-1] in "\"'‘’“”":
        return f"SERVICE_ACCOUNT_KEY_PATH has a stray quotation mark: {_short(path.name)}."
    try:
        folder = path.is_dir()
    except (OSError, ValueError):
        folder = False
    if folder:
        return f"SERVICE_ACCOUNT_KEY_PATH is a folder: {_short(path.name)}. Name the JSON file in it."
    return f"The service account key {_short(path.name)} does not exist; its place is SERVICE_ACCOUNT_KEY_PATH."


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…"


def _no_vertex_credentials(settings: Settings) -> str:
    if missing_file(settings.google_application_credentials):
        name = Path(settings.google_application_credentials).name
        return f"GOOGLE_APPLICATION_CREDENTIALS names no file: {_short(name)} does not exist."
    return (
        f"S2S_UPSTREAM=vertex needs credentials: the service account key {settings.key_path.name} does not exist, and "
        "there is no gcloud login (gcloud auth application-default login). See VERTEX_AI_SETUP.md."
    )


def _credentials_that_were_meant(settings: Settings) -> tuple[str, ...]:
    """Explain why the local engine answers although Google credentials seem to be intended."""
    stand_in = "The local engine answers instead."
    if _key_was_meant(settings):
        return (f"{_what_is_wrong_with_the_key_path(settings)} {stand_in}",)
    named = settings.google_application_credentials
    if missing_file(named):
        name = _short(Path(named).name)
        return (f"GOOGLE_APPLICATION_CREDENTIALS names no file: {name} does not exist. {stand_in}",)
    if named and not settings.project:
        return (
            "GOOGLE_APPLICATION_CREDENTIALS is set, but nothing says which project may be billed: set GCP_PROJECT_ID, "
            f"or S2S_UPSTREAM=vertex for the project of those credentials. {stand_in}",
        )
    if settings.project:
        return (
            f"GCP_PROJECT_ID is set, but there is neither the service account key {settings.key_path.name} nor a "
            f"gcloud login (gcloud auth application-default login) nor an attached account. {stand_in}",
        )
    return ()
