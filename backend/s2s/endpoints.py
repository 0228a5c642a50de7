"""Which upstream, and where: vertex, developer or emulator. By what exists, not by what is promised."""

from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from s2s.capabilities import DEFAULT_MODEL, Capabilities, capabilities, wrong_backend
from s2s.settings import PLACEHOLDER_PROJECT, Settings
from s2s.upstream.candidates import Candidates, candidates_for
from s2s.upstream.models import path_location
from s2s.wire import Backend

VERTEX_SERVICE = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
DEVELOPER_SERVICE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
DEVELOPER_HOST = "wss://generativelanguage.googleapis.com"


@dataclass(frozen=True, slots=True)
class Choice:
    """The upstream of this gateway."""

    backend: Backend
    model: str
    model_path: str
    """The model as setup names it."""
    base_url: str
    """ws:// or wss:// and the host; empty for an emulator of our own, whose port is known when it listens."""
    path: str
    why: str
    """What decided, in words."""
    api_key: str = field(default="", repr=False)
    project: str = ""
    fallback_models: tuple[str, ...] = ()
    """At most one: the model to take when the first one does not answer any more."""
    reply_limit_s: float = 0.0
    """After how long without an answer something is done about it; 0: as fits the model."""
    warnings: tuple[str, ...] = ()
    fault: str = ""
    """Why it cannot work, in words; empty when it may."""

    def candidates(self) -> Candidates:
        """The models that may answer: the configured ones, then their successors in the same project and location."""
        location = path_location(self.model_path) or ""
        return candidates_for(self.backend, (self.model, *self.fallback_models), location)

    def abilities(self) -> tuple[Capabilities, ...]:
        """What each of the candidates can do."""
        return tuple(capabilities(self.backend, model) for model in self.candidates().names)

    def with_model(self, model: int) -> "Choice":
        """The choice that begins with this one of the candidates, and leaves those before it out."""
        candidates = self.candidates()
        name, later = candidates.names[model], candidates.names[model + 1 : candidates.configured]
        path = self.model_path.removesuffix(self.model) + name
        return replace(self, model=name, model_path=path, fallback_models=later)

    @property
    def talking_to(self) -> str:
        """For the line that `make run` prints."""
        if self.backend == "emulator":
            return f"local engine ({self.why})"
        name = "Vertex AI" if self.backend == "vertex" else "Gemini Developer API"
        return f"{name}, {self.model} ({self.why})"

    def url(self, base_url: str | None = None) -> str:
        """Where to dial; `base_url` for an emulator of our own."""
        return (base_url or self.base_url).rstrip("/") + self.path


def choose(settings: Settings) -> Choice:
    """Key file -> Vertex AI; else an API key -> Developer API; else the emulator. `S2S_UPSTREAM` overrules."""
    wanted = settings.s2s_upstream
    if wanted == "vertex" or (wanted == "auto" and settings.key_path.is_file()):
        choice = _vertex(settings)
    elif wanted == "developer" or (wanted == "auto" and settings.api_key):
        choice = _developer(settings)
    else:
        choice = _emulator(settings)
    return _with_fallback(replace(choice, reply_limit_s=settings.s2s_reply_limit_s), settings)


def _with_fallback(choice: Choice, settings: Settings) -> Choice:
    model = settings.gemini_fallback_model.removeprefix("models/")
    if not model or model == choice.model:
        return choice
    complaint = wrong_backend(choice.backend, model)
    if complaint is not None:
        return replace(choice, warnings=(*choice.warnings, f"GEMINI_FALLBACK_MODEL: {complaint}; it is not used."))
    return replace(choice, fallback_models=(model,))


def _model(settings: Settings, backend: Backend) -> tuple[str, tuple[str, ...]]:
    model = settings.gemini_model.removeprefix("models/") or DEFAULT_MODEL[backend]
    complaint = wrong_backend(backend, model)
    if complaint is None:
        return model, ()
    default = DEFAULT_MODEL[backend]
    return default, (f"GEMINI_MODEL: {complaint}; {default} is used instead.",)


def _vertex(settings: Settings) -> Choice:
    model, warnings = _model(settings, "vertex")
    project, region = settings.gcp_project_id, settings.gcp_region
    fault = ""
    if not settings.key_path.is_file():
        fault = f"The service account key {settings.key_path.name} does not exist. See VERTEX_AI_SETUP.md."
    elif not project or project == PLACEHOLDER_PROJECT:
        project = ""
        warnings += ("GCP_PROJECT_ID is not set; the project named in the key file is used.",)
    if region == "global" and model.startswith("gemini-live-2.5-flash-native"):
        warnings += (f"GCP_REGION: {model} is not served from 'global'; take a region such as us-central1.",)
    if settings.api_key:
        warnings += ("An API key is set too; it is not used while the service account key exists.",)
    host = f"wss://{region}-aiplatform.googleapis.com"
    if region == "global":
        host = "wss://aiplatform.googleapis.com"
    elif region in ("us", "eu"):
        host = f"wss://aiplatform.{region}.rep.googleapis.com"
    return Choice(
        backend="vertex",
        model=model,
        model_path=f"projects/{{project}}/locations/{region}/publishers/google/models/{model}",
        base_url=_ws(settings.google_vertex_base_url) or host,
        path=VERTEX_SERVICE,
        why="S2S_UPSTREAM=vertex" if settings.s2s_upstream == "vertex" else "service account key found",
        project=project,
        warnings=warnings,
        fault=fault,
    )


def _developer(settings: Settings) -> Choice:
    model, warnings = _model(settings, "developer")
    fault = "" if settings.api_key else "S2S_UPSTREAM=developer needs GEMINI_API_KEY in backend/.env."
    return Choice(
        backend="developer",
        model=model,
        model_path=f"models/{model}",
        base_url=_ws(settings.google_gemini_base_url) or DEVELOPER_HOST,
        path=DEVELOPER_SERVICE,
        why="S2S_UPSTREAM=developer" if settings.s2s_upstream == "developer" else "API key found",
        api_key=settings.api_key,
        warnings=warnings,
        fault=fault,
    )


def _emulator(settings: Settings) -> Choice:
    model = settings.gemini_model.removeprefix("models/") or DEFAULT_MODEL["emulator"]
    warnings: tuple[str, ...] = ()
    fault = ""
    if settings.s2s_emulator_url and urlsplit(settings.s2s_emulator_url).scheme not in (
        "ws",
        "wss",
        "http",
        "https",
    ):
        fault = "S2S_EMULATOR_URL must look like ws://127.0.0.1:9090."
    return Choice(
        backend="emulator",
        model=model,
        model_path=f"models/{model}",
        base_url=_ws(settings.s2s_emulator_url),
        path=DEVELOPER_SERVICE,
        why="S2S_UPSTREAM=emulator" if settings.s2s_upstream == "emulator" else "no credentials found",
        api_key="local",
        warnings=warnings,
        fault=fault,
    )


def _ws(url: str) -> str:
    """http and https addresses, as the SDK's variables carry them, as ws and wss."""
    if url.startswith("http"):
        return "ws" + url.removeprefix("http")
    return url
