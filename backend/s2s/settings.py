"""The one reader of the environment. Names from the user's document first, then ours."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

BACKEND_DIR = Path(__file__).resolve().parents[1]
PLACEHOLDER_PROJECT = "your-project-id"
LOCAL_ORIGINS = tuple(
    f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 4173, 5173, 8000)
)


class SettingsError(ValueError):
    """The environment cannot be understood; the text names the variable and the remedy."""


class IceServer(BaseModel, frozen=True):
    """A STUN or TURN server, as RTCPeerConnection takes it."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class Settings(BaseSettings):
    """Everything that can be configured. Built from a mapping, so tests never touch the real environment."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    # The document's four.
    gcp_project_id: str = ""
    gcp_region: str = "us-central1"
    service_account_key_path: str = "service-account-key.json"
    gemini_model: str = ""

    s2s_allow_unlisted_model: bool = False
    """GEMINI_MODEL may name a model that is not in our table, because it is newer."""
    s2s_thinking_level: Literal["", "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"] = ""
    """Of a model that takes one; empty: as fits the model."""
    s2s_compression_trigger_tokens: Annotated[int, Field(ge=0, le=1_000_000)] = 32_000
    """From so many tokens on the service forgets the oldest part of a conversation; 0: only when its memory is full."""
    s2s_compression_target_tokens: Annotated[int, Field(ge=0, le=1_000_000, validate_default=False)] = 16_000
    """So many it keeps then; 0: as the service likes."""

    gemini_fallback_model: str = ""
    """Taken when GEMINI_MODEL does not answer any more; empty: none."""
    s2s_reply_limit_s: Annotated[float, Field(ge=0, le=300)] = 0.0
    """After how long without an answer something is done about it; 0: as fits the model."""

    google_application_credentials: str = ""
    """Read by google-auth itself: a file with Application Default Credentials."""
    cloudsdk_config: str = ""
    """Read by google-auth itself: gcloud's folder."""
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

    @field_validator("s2s_thinking_level", mode="before")
    @classmethod
    def _thinking_level(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("s2s_compression_target_tokens")
    @classmethod
    def _compression(cls, value: int, info: ValidationInfo) -> int:
        trigger = info.data.get("s2s_compression_trigger_tokens", 0)
        if trigger and value >= trigger:
            raise ValueError(f"it must be less than S2S_COMPRESSION_TRIGGER_TOKENS ({trigger})")
        return value

    @field_validator("s2s_cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [origin.strip() for origin in value.split(",") if origin.strip()] or list(LOCAL_ORIGINS)
        return value

    @field_validator("s2s_allowed_hosts", mode="before")
    @classmethod
    def _allowed_hosts(cls, value: Any) -> Any:
        hosts = [host.strip().lower() for host in value.split(",") if host.strip()] if isinstance(value, str) else value
        if not all(re.fullmatch(r"\*|(\*\.)?[\w-]+(\.[\w-]+)*", host) for host in hosts):
            raise ValueError("each is a host name such as voice.example.org or *.example.org, without scheme and port")
        return hosts

    @field_validator("s2s_worker_urls", mode="before")
    @classmethod
    def _worker_urls(cls, value: Any) -> Any:
        return [url.strip() for url in value.split(",") if url.strip()] if isinstance(value, str) else value

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
        origins = [origin.strip() for origin in value.split(",") if origin.strip()] if isinstance(value, str) else value
        if not all(re.fullmatch(r"\*|https?://[\w.*-]+(:(\d+|\*))?", origin) for origin in origins):
            raise ValueError("each is an origin such as https://www.example.org, or * for any page")
        return origins

    @field_validator("s2s_turn_urls", mode="before")
    @classmethod
    def _turn_urls(cls, value: Any) -> Any:
        urls = [url.strip() for url in value.split(",") if url.strip()] if isinstance(value, str) else value
        if not all(url.startswith(("turn:", "turns:")) for url in urls):
            raise ValueError("each address begins with turn: or turns:")
        return urls

    @field_validator("s2s_turn_secret")
    @classmethod
    def _turn_secret(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("s2s_turn_urls") and not value.get_secret_value():
            raise ValueError("S2S_TURN_URLS needs the secret of that server")
        return value

    @field_validator("s2s_ice_servers", mode="before")
    @classmethod
    def _ice_servers(cls, value: Any) -> Any:
        if isinstance(value, str):
            import json

            return json.loads(value) if value.strip() else []
        return value

    @field_validator("gemini_api_key", "google_api_key")
    @classmethod
    def _api_key(cls, value: str) -> str:
        # It goes into a header (RFC 9110, 5.5), and whoever copied a blank or a curly quote along cannot see it.
        odd = next((char for char in value if not "!" <= char <= "~"), None)
        if odd is not None:
            where = value.index(odd) + 1
            name = unicodedata.name(odd, f"U+{ord(odd):04X}")
            raise ValueError(
                f"character {where} of {len(value)} is {name}, which no API key holds; copy the key again (it is not "
                "printed here)"
            )
        return value

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
            *(password for address in addresses if (password := _password(address))),
        )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises SettingsError naming the variable. An empty value means "not set"."""
        known = {name: value for name in cls.model_fields if (value := environ.get(name.upper(), "").strip())}
        try:
            return cls(**known)  # type: ignore[arg-type]  # pydantic parses the strings
        except ValidationError as fault:
            first = fault.errors()[0]
            name = str(first["loc"][0]).upper() if first["loc"] else "the environment"
            raise SettingsError(
                f"{name}: {first['msg']}. Correct it in backend/.env; see backend/.env.example."
            ) from fault
        except (ValueError, RecursionError) as fault:
            raise SettingsError(f"S2S_ICE_SERVERS: not JSON ({fault}). See backend/.env.example.") from fault

    @property
    def compression_target_tokens(self) -> int:
        """Half of a trigger that was chosen without a target, where that is less than the default."""
        target, trigger = self.s2s_compression_target_tokens, self.s2s_compression_trigger_tokens
        return target if "s2s_compression_target_tokens" in self.model_fields_set else min(target, trigger // 2)

    @property
    def project(self) -> str:
        """The Google Cloud project that was named; empty: none."""
        return "" if self.gcp_project_id == PLACEHOLDER_PROJECT else self.gcp_project_id

    @property
    def api_key(self) -> str:
        return self.gemini_api_key or self.google_api_key

    @property
    def key_path(self) -> Path:
        """Relative paths are meant from the backend folder, wherever the gateway was started."""
        path = Path(self.service_account_key_path).expanduser()
        return path if path.is_absolute() else BACKEND_DIR / path

    @property
    def log_dir(self) -> Path:
        return Path(self.s2s_log_dir).expanduser() if self.s2s_log_dir else BACKEND_DIR

    @property
    def journal_dir(self) -> Path:
        """Of several processes each has log files of its own: a file that two of them rotate would lose lines."""
        return self.log_dir / f"worker-{self.s2s_worker}" if self.s2s_worker else self.log_dir

    @property
    def report_dir(self) -> Path:
        return Path(self.s2s_report_dir).expanduser() if self.s2s_report_dir else self.log_dir / "reports"

    @property
    def client_dir(self) -> Path:
        if self.s2s_client_dir:
            return Path(self.s2s_client_dir).expanduser()
        return BACKEND_DIR.parent / "frontend" / "s2s-client" / "dist"


def _password(address: str) -> str:
    """Of a URL such as https://name:password@host; empty where there is none."""
    try:
        return unquote(urlsplit(address).password or "")
    except ValueError:
        return ""
