"""The one reader of the environment. Names from the user's document first, then ours."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from s2s.configuration import choices, wording
from s2s.configuration.addresses import allowed_host, frame_ancestor, listed, service_address, web_origin
from s2s.configuration.ice_servers import IceServer, ice_servers, turn_url
from s2s.configuration.names import unread
from s2s.configuration.secrets import api_key, password_of

__all__ = ["BACKEND_DIR", "PLACEHOLDER_PROJECT", "IceServer", "Settings", "SettingsError"]

BACKEND_DIR = Path(__file__).resolve().parents[1]
PLACEHOLDER_PROJECT = "your-project-id"
LOCAL_ORIGINS = tuple(
    f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 4173, 5173, 8000)
)


SECRETS = frozenset({"gemini_api_key", "google_api_key", "gemini_emulator_llm_key", "s2s_turn_secret"})
_NEVER_REPEATED = SECRETS | {"s2s_ice_servers"}
"""Fields whose values no sentence repeats."""
_PATHS = ("_path", "_dir", "_file")
_QUOTES = ('""', "''")
_TYPOGRAPHIC_QUOTES = ("\u201c\u201d", "\u2018\u2019", "\u00ab\u00bb")


class SettingsError(ValueError):
    """The environment cannot be understood; the text names each variable and the remedy."""

    def __init__(self, text: str, mistakes: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.mistakes = tuple(mistakes) or (text,)
        """One sentence for each wrong setting."""

    @classmethod
    def of(cls, mistakes: Sequence[str], *, in_file: bool = True) -> "SettingsError":
        """`mistakes`: sentences without their full stop. `in_file`: whether backend/.env is where they stand."""
        where = "backend/.env" if in_file else "the environment, which overrules backend/.env"
        sentences = [f"{mistake}." for mistake in mistakes]
        if len(sentences) == 1:
            text = f"{sentences[0]} Correct it in {where}; see backend/.env.example."
        else:
            lines = "".join(f"\n  {sentence}" for sentence in sentences)
            text = f"{len(sentences)} settings are wrong. Correct them in {where}; see backend/.env.example.{lines}"
        return cls(text, sentences)


class Settings(BaseSettings):
    """Everything that can be configured. Built from a mapping, so tests never touch the real environment."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True, allow_inf_nan=False)

    # The document's four.
    gcp_project_id: str = ""
    gcp_region: str = "us-central1"
    service_account_key_path: str = "service-account-key.json"
    gemini_model: str = ""

    gemini_fallback_model: str = ""
    """Taken when GEMINI_MODEL does not answer any more; empty: none."""
    s2s_reply_limit_s: Annotated[float, Field(ge=0, le=300)] = 0.0
    """After how long without an answer something is done about it; 0: as fits the model."""

    gemini_api_key: str = ""
    google_api_key: str = ""
    google_vertex_base_url: str = ""
    """Another address for Vertex AI, as Google's own SDK reads it."""
    google_gemini_base_url: str = ""
    """Another address for the Developer API, as Google's own SDK reads it."""

    s2s_upstream: Literal["auto", "vertex", "developer", "emulator"] = "auto"
    s2s_emulator_url: str = ""
    """An emulator that already runs, such as ws://127.0.0.1:9090; empty: the gateway starts its own."""
    gemini_emulator_ear: str = ""
    """Read by the local engine itself, a child process: moonshine or whisper; empty: moonshine."""
    gemini_emulator_voice: str = ""
    """Read by the local engine itself: hibari or flite; empty: hibari."""
    gemini_emulator_llm_url: str = ""
    """Read by the local engine itself, a child process: an OpenAI-compatible endpoint as its mind."""
    gemini_emulator_llm_model: str = ""
    gemini_emulator_llm_key: str = ""
    s2s_max_sessions: Annotated[int, Field(ge=1, le=10_000)] = 100
    s2s_max_sessions_per_address: Annotated[int, Field(ge=0, le=10_000)] = 0
    s2s_creates_per_minute: Annotated[int, Field(ge=0, le=100_000)] = 120
    """From one address."""
    s2s_session_minutes: Annotated[float, Field(ge=0)] = 0.0
    s2s_idle_minutes: Annotated[float, Field(ge=0)] = 15.0
    s2s_session_tokens: Annotated[int, Field(ge=0)] = 0
    s2s_day_tokens: Annotated[int, Field(ge=0)] = 0
    s2s_session_usd: Annotated[float, Field(ge=0)] = 0.0
    s2s_day_usd: Annotated[float, Field(ge=0)] = 0.0
    s2s_prices_file: str = ""
    """Like s2s/prices.json, which it replaces."""
    s2s_shutdown_s: Annotated[float, Field(ge=0, le=3600)] = 20.0
    s2s_recorder: bool = True
    s2s_recorder_audio: bool = False
    s2s_recorder_mb: Annotated[float, Field(gt=0, le=2_000)] = 2.0
    """Of one session, compressed, in memory."""
    s2s_report_dir: str = ""
    s2s_session_expires_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    s2s_cors_origins: Annotated[list[str], NoDecode] = list(LOCAL_ORIGINS)
    s2s_allowed_hosts: Annotated[list[str], NoDecode] = []
    """Host names under which the gateway is reached, beside localhost, IP addresses and those of the CORS origins."""
    s2s_frame_ancestors: Annotated[list[str], NoDecode] = []
    """Origins whose pages may show the client in a frame, beside its own."""
    s2s_ice_servers: Annotated[list[IceServer], NoDecode] = []
    s2s_turn_urls: Annotated[list[str], NoDecode] = []
    s2s_turn_secret: Annotated[SecretStr, Field(validate_default=True)] = SecretStr("")
    """Shared with the TURN server (coturn: static-auth-secret); pages get passwords that are made with it."""
    s2s_log_dir: str = ""
    s2s_log_level: Literal["debug", "info", "warning", "error"] = "info"
    s2s_voice: str = "Puck"
    s2s_language: str = ""
    s2s_system_instruction: str = ""
    s2s_silence_duration_ms: Annotated[int, Field(ge=0, le=5_000)] = 0
    s2s_playout_lead_ms: Annotated[int, Field(ge=60, le=2_000)] = 240
    s2s_worker_urls: Annotated[list[str], NoDecode] = []
    """Of several gateway processes behind one address: where each of them listens, the first one first."""
    s2s_worker_dir: str = ""
    """A folder that these processes share while they run."""
    s2s_worker: Annotated[int, Field(ge=0)] = 0
    """Which of them this one is, from 1; 0: the only gateway process. `make serve` sets all three."""
    s2s_client_dir: str = ""
    """The built client; empty: frontend/s2s-client/dist beside the backend."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `from_env` was given: no second look at the process environment."""
        return (init_settings,)

    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @field_validator("s2s_upstream", "s2s_log_level", mode="before")
    @classmethod
    def _any_case(cls, value: str) -> str:
        return choices.lower(value)

    @field_validator("s2s_voice")
    @classmethod
    def _voice(cls, value: str) -> str:
        return choices.voice(value)

    @field_validator("s2s_language")
    @classmethod
    def _language(cls, value: str) -> str:
        return choices.language(value) if value else value

    @field_validator("google_vertex_base_url", "google_gemini_base_url")
    @classmethod
    def _base_url(cls, value: str) -> str:
        return service_address(value) if value else value

    @field_validator("s2s_cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: Any) -> Any:
        return _each(value, web_origin) or list(LOCAL_ORIGINS)

    @field_validator("s2s_allowed_hosts", mode="before")
    @classmethod
    def _allowed_hosts(cls, value: Any) -> Any:
        return _each(value, allowed_host)

    @field_validator("s2s_worker_urls", mode="before")
    @classmethod
    def _worker_urls(cls, value: Any) -> Any:
        return _each(value, str)

    @field_validator("s2s_worker")
    @classmethod
    def _worker(cls, value: int, info: ValidationInfo) -> int:
        others = info.data.get("s2s_worker_urls", [])
        if value and (value > len(others) or not info.data.get("s2s_worker_dir")):
            raise ValueError("it needs S2S_WORKER_URLS with an address for each process, and S2S_WORKER_DIR")
        return value

    @field_validator("s2s_frame_ancestors", mode="before")
    @classmethod
    def _frame_ancestors(cls, value: Any) -> Any:
        return _each(value, frame_ancestor)

    @field_validator("s2s_turn_urls", mode="before")
    @classmethod
    def _turn_urls(cls, value: Any) -> Any:
        return _each(value, turn_url)

    @field_validator("s2s_turn_secret")
    @classmethod
    def _turn_secret(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("s2s_turn_urls") and not value.get_secret_value():
            raise ValueError("S2S_TURN_URLS needs the secret of that server")
        return value

    @field_validator("s2s_ice_servers", mode="before")
    @classmethod
    def _ice_servers(cls, value: Any) -> Any:
        return ice_servers(value) if isinstance(value, str) else value

    @field_validator("gemini_api_key", "google_api_key")
    @classmethod
    def _api_key(cls, value: str) -> str:
        return api_key(value)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every configured value that must never be printed, for `journal.protect`."""
        addresses = (
            self.google_vertex_base_url,
            self.google_gemini_base_url,
            self.s2s_emulator_url,
            self.gemini_emulator_llm_url,
        )
        return (
            self.gemini_api_key,
            self.google_api_key,
            self.gemini_emulator_llm_key,
            self.s2s_turn_secret.get_secret_value(),
            *(server.credential for server in self.s2s_ice_servers if server.credential),
            *(password for address in addresses if (password := password_of(address))),
        )

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str],
        *,
        mistakes: Sequence[str] = (),
        warnings: Sequence[str] = (),
        outside_file: Collection[str] = (),
    ) -> "Settings":
        """Raises SettingsError that names every wrong variable. An empty value means "not set".

        `mistakes`, `warnings`: what the settings file is already known to hold. `outside_file`: the names that the
        process environment says itself.
        """
        known = {name: value for name in cls.model_fields if (value := _plain(name, environ.get(name.upper(), "")))}
        found: dict[str, str] = {}
        try:
            settings = cls(**known)  # type: ignore[arg-type]  # pydantic parses the strings
        except ValidationError as fault:
            found = wording.mistakes(fault, cls.model_fields, known, _NEVER_REPEATED)
        if wrong := (*mistakes, *found.values()):
            raise SettingsError.of(wrong, in_file=bool(mistakes) or not set(found) <= set(outside_file))
        settings._warnings = (
            *warnings,
            *unread(environ, {name.upper() for name in cls.model_fields}),
            *_doubts(settings),
        )
        return settings

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what is taken, but is probably not what was meant."""
        return self._warnings

    @property
    def api_key(self) -> str:
        return self.gemini_api_key or self.google_api_key

    @property
    def key_path(self) -> Path:
        """Relative paths are meant from the backend folder, wherever the gateway was started."""
        path = _expanded(self.service_account_key_path)
        return path if path.is_absolute() else BACKEND_DIR / path

    @property
    def log_dir(self) -> Path:
        return _expanded(self.s2s_log_dir) if self.s2s_log_dir else BACKEND_DIR

    @property
    def journal_dir(self) -> Path:
        """Of several processes each has log files of its own: a file that two of them rotate would lose lines."""
        return self.log_dir / f"worker-{self.s2s_worker}" if self.s2s_worker else self.log_dir

    @property
    def report_dir(self) -> Path:
        return _expanded(self.s2s_report_dir) if self.s2s_report_dir else self.log_dir / "reports"

    @property
    def client_dir(self) -> Path:
        if self.s2s_client_dir:
            return _expanded(self.s2s_client_dir)
        return BACKEND_DIR.parent / "frontend" / "s2s-client" / "dist"


def _plain(name: str, value: str) -> str:
    """A value without spaces and quotes around it: what passes an .env on to a process often keeps the quotes."""
    value = value.strip()
    pairs = (*_QUOTES, *_TYPOGRAPHIC_QUOTES) if name.endswith(_PATHS) else _QUOTES
    inner = value[1:-1]
    if len(value) >= 2 and value[0] + value[-1] in pairs and value[0] not in inner:
        return inner.strip()
    return value


def _each(value: Any, read: Callable[[str], str]) -> Any:
    return [read(item) for item in listed(value)] if isinstance(value, str) else value


def _expanded(path: str) -> Path:
    """With `~` for the home folder; where that is unknown, `~` is a name like any other."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _doubts(settings: Settings) -> list[str]:
    sentences = [choices.unknown_voice(settings.s2s_voice)]
    sentences += [
        f"S2S_ICE_SERVERS: {url} is told to pages; the gateway itself cannot use IPv6 addresses there."
        for server in settings.s2s_ice_servers
        for url in server.urls
        if url not in server.readable_here
    ]
    return [sentence for sentence in sentences if sentence]
