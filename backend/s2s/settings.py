"""All settings of the gateway, parsed from environment variables. Names from the user's document first, then ours."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from s2s.configuration import access, choices, wording
from s2s.configuration.addresses import address_range, allowed_host, frame_ancestor, items, service_address, web_origin
from s2s.configuration.ice_servers import IceServer, ice_servers, turn_url
from s2s.configuration.names import unread
from s2s.configuration.plain_values import expanded, unquoted
from s2s.configuration.proxies import VARIABLES as PROXY_VARIABLES
from s2s.configuration.proxies import Proxies, lower_case_wins, parse_proxy, read_proxies
from s2s.configuration.secrets import api_key, password_of, path_of_a_key

__all__ = ["BACKEND_DIR", "PLACEHOLDER_PROJECT", "IceServer", "Settings", "SettingsError"]

BACKEND_DIR = Path(__file__).resolve().parents[1]
PLACEHOLDER_PROJECT = "your-project-id"
LOCAL_ORIGINS = tuple(
    f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 4173, 5173, 8000)
)


SECRETS = frozenset(
    {
        "gemini_api_key",
        "google_api_key",
        "gemini_emulator_llm_key",
        "s2s_turn_secret",
        "s2s_operator_key",
        "s2s_jwt_secret",
    }
)
_KEY_PATHS = frozenset({"service_account_key_path", "google_application_credentials"})
_NEVER_REPEATED = SECRETS | _KEY_PATHS | {"s2s_ice_servers"} | {name for name in PROXY_VARIABLES if name != "no_proxy"}
"""Fields whose values messages never repeat."""
_PATHS = ("_path", "_dir", "_file")

ApiKey = Annotated[str, Field(repr=False), AfterValidator(api_key)]
KeyPath = Annotated[str, Field(repr=False), AfterValidator(path_of_a_key)]
ServiceAddress = Annotated[str, AfterValidator(service_address)]


def _origins(value: Any) -> Any:
    return items(web_origin)(value) or list(LOCAL_ORIGINS)


def _proxy(value: str) -> str:
    parse_proxy(value)
    return value


ProxyAddress = Annotated[str, Field(repr=False), AfterValidator(_proxy)]


class SettingsError(ValueError):
    """The environment holds wrong settings; the message names each variable and the remedy."""

    def __init__(self, text: str, mistakes: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.mistakes = tuple(mistakes) or (text,)
        """One sentence for each wrong setting."""
        self.in_file = True
        """Whether the wrong settings are in backend/.env."""
        self.others: Settings | None = None
        """The valid settings, with the wrong ones at their defaults; None if they cannot be determined."""

    @classmethod
    def from_validation(cls, mistakes: Sequence[str], *, in_file: bool = True) -> "SettingsError":
        """Build the error. `mistakes`: sentences without their full stop. `in_file`: whether backend/.env has them."""
        where = "backend/.env" if in_file else "the environment, which overrules backend/.env"
        sentences = [mistake if mistake.endswith((".", "?")) else f"{mistake}." for mistake in mistakes]
        if len(sentences) == 1:
            text = f"{sentences[0]} Correct it in {where}; see backend/.env.example."
        else:
            lines = "".join(f"\n  {sentence}" for sentence in sentences)
            text = f"{len(sentences)} settings are wrong. Correct them in {where}; see backend/.env.example.{lines}"
        fault = cls(text, sentences)
        fault.in_file = in_file
        return fault


class Settings(BaseSettings):
    """All settings of the gateway. Built from a mapping, so tests never touch the real environment."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, allow_inf_nan=False, validate_default=False
    )

    # The four settings of the user's document.
    gcp_project_id: Annotated[str, AfterValidator(choices.project)] = ""
    gcp_region: Annotated[str, AfterValidator(choices.region)] = "us-central1"
    service_account_key_path: KeyPath = "service-account-key.json"
    gemini_model: str = ""

    s2s_allow_unlisted_model: bool = False
    """Allow a GEMINI_MODEL that is not in the model table, such as a newer one."""
    s2s_thinking_level: Annotated[
        Literal["", "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"], BeforeValidator(str.upper)
    ] = ""
    """For models that have this setting; empty: the model's default."""
    s2s_compression_trigger_tokens: Annotated[int, Field(ge=0, le=1_000_000)] = 32_000
    """Context size at which the service drops the oldest part of a conversation; 0: only when its context is full."""
    s2s_compression_target_tokens: Annotated[int, Field(ge=0, le=1_000_000, validate_default=False)] = 16_000
    """Context size that it keeps then; 0: the service's default."""

    gemini_fallback_model: str = ""
    """Used when GEMINI_MODEL is no longer available; empty: none."""
    s2s_reply_limit_s: Annotated[float, Field(ge=0, le=300)] = 0.0
    """How long the model may take to answer before the watchdog steps in; 0: the model's default."""

    google_application_credentials: KeyPath = ""
    """Read by google-auth itself: a file with Application Default Credentials."""
    cloudsdk_config: str = ""
    """Read by google-auth itself: gcloud's folder."""
    gemini_api_key: ApiKey = ""
    google_api_key: ApiKey = ""
    google_vertex_base_url: ServiceAddress = ""
    """Alternative endpoint for Vertex AI, as in Google's own SDK."""
    google_gemini_base_url: ServiceAddress = ""
    """Alternative endpoint for the Developer API, as in Google's own SDK."""

    google_cloud_quota_project: str = ""
    """Project that quota is charged to, if not the one of the credentials."""

    # The network path to Google and to the functions' services. Proxy variables are read in lower case too.
    s2s_ca_file: str = ""
    """Additional certificate authorities besides the system's, PEM or DER."""
    ssl_cert_file: str = ""
    """This and the next three, known from OpenSSL, requests and curl, replace the system's certificate authorities."""
    ssl_cert_dir: str = ""
    requests_ca_bundle: str = ""
    curl_ca_bundle: str = ""
    https_proxy: ProxyAddress = ""
    http_proxy: ProxyAddress = ""
    all_proxy: ProxyAddress = ""
    socks_proxy: ProxyAddress = ""
    wss_proxy: ProxyAddress = ""
    ws_proxy: ProxyAddress = ""
    no_proxy: str = ""

    s2s_upstream: Annotated[Literal["auto", "vertex", "developer", "emulator"], BeforeValidator(str.lower)] = "auto"
    s2s_emulator_url: str = ""
    """URL of a running emulator, such as ws://127.0.0.1:9090; empty: the gateway starts its own."""
    gemini_emulator_ear: str = ""
    """Read by the local engine itself, a child process: moonshine or whisper; empty: moonshine."""
    gemini_emulator_voice: str = ""
    """Read by the local engine itself: hibari or flite; empty: hibari."""
    gemini_emulator_voice_wpm: str = ""
    """Read by the local engine itself: words a minute, 90 to 300; empty: 160."""
    gemini_emulator_llm_url: str = ""
    """Read by the local engine itself, a child process: an OpenAI-compatible endpoint that generates its answers."""
    gemini_emulator_llm_model: str = ""
    gemini_emulator_llm_key: str = ""
    s2s_max_sessions: Annotated[int, Field(ge=1, le=10_000)] = 100
    # None: the defaults of `s2s.session.caller_limits`, which are stricter for callers that are not at this machine.
    s2s_max_sessions_per_address: Annotated[int | None, Field(ge=0, le=10_000)] = None
    s2s_creates_per_minute: Annotated[int | None, Field(ge=0, le=100_000)] = None
    """New sessions of one identity, or from one address for callers who have none."""
    s2s_session_minutes: Annotated[float | None, Field(ge=0)] = None
    s2s_idle_minutes: Annotated[float, Field(ge=0)] = 15.0
    s2s_session_tokens: Annotated[int, Field(ge=0)] = 0
    s2s_day_tokens: Annotated[int, Field(ge=0)] = 0
    s2s_session_usd: Annotated[float, Field(ge=0)] = 0.0
    s2s_day_usd: Annotated[float | None, Field(ge=0)] = None
    s2s_identity_day_tokens: Annotated[int, Field(ge=0)] = 0
    s2s_identity_day_usd: Annotated[float, Field(ge=0)] = 0.0
    s2s_address_day_usd: Annotated[float, Field(ge=0)] = 0.0
    """For callers who have no identity."""
    s2s_group_day_usd: Annotated[float, Field(ge=0)] = 0.0
    s2s_prices_file: str = ""
    """A custom price table, see docs/costs.md; empty: the one in s2s/upstream/models/models.json."""
    s2s_tool_result_chars: Annotated[int, Field(ge=1_000, le=1_000_000)] = 32_000
    """Maximum characters of a function's result that are sent to the model; longer results are shortened."""
    s2s_shutdown_s: Annotated[float, Field(ge=0, le=3600)] = 20.0
    s2s_recorder: bool = True
    s2s_recorder_audio: bool = False
    s2s_recorder_mb: Annotated[float, Field(gt=0, le=2_000)] = 2.0
    """Maximum size of one session's recording, compressed, in memory."""
    s2s_report_dir: str = ""
    s2s_reports_mb: Annotated[float, Field(gt=0, le=1_000_000)] = 200.0
    """Room for all reports on disk; unread ones are never deleted for those of others."""
    s2s_session_expires_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    s2s_cors_origins: Annotated[list[str], NoDecode, BeforeValidator(_origins)] = list(LOCAL_ORIGINS)
    s2s_allowed_hosts: Annotated[list[str], NoDecode, BeforeValidator(items(allowed_host))] = []
    """Host names of the gateway, besides localhost, IP addresses and those of the CORS origins."""
    s2s_frame_ancestors: Annotated[list[str], NoDecode, BeforeValidator(items(frame_ancestor))] = []
    """Origins whose pages may embed the client in a frame, besides its own."""
    s2s_ice_servers: Annotated[list[IceServer], NoDecode, BeforeValidator(ice_servers)] = []
    s2s_ice_addresses: Annotated[list[str], NoDecode, BeforeValidator(items(address_range))] = []
    """Addresses and networks of this machine that calls may use; empty: those of all network interfaces."""
    s2s_ice_remote: Annotated[Literal["auto", "global", "any"], BeforeValidator(str.lower)] = "auto"
    """Which addresses of a page the gateway may send to first, where S2S_ICE_SERVERS makes that necessary."""
    s2s_turn_urls: Annotated[list[str], NoDecode, BeforeValidator(items(turn_url))] = []
    s2s_turn_secret: Annotated[SecretStr, Field(validate_default=True)] = SecretStr("")
    """Shared with the TURN server (coturn: static-auth-secret); the passwords for pages are derived from it."""
    s2s_auth_keys_file: str = ""
    """Hashes of the keys that `python -m s2s.access.keys` makes; empty: auth-keys.json beside the logs."""
    s2s_jwt_secret: Annotated[SecretStr, BeforeValidator(access.token_secret)] = SecretStr("")
    """Shared with who issues the tokens; instead of the next one."""
    s2s_jwt_jwks_url: Annotated[str, AfterValidator(access.keys_url)] = ""
    """Where an identity provider publishes its keys (RFC 7517)."""
    s2s_jwt_issuer: str = ""
    s2s_jwt_audience: Annotated[list[str], NoDecode, BeforeValidator(items(str))] = []
    """Of which a token must name one."""
    s2s_jwt_algorithms: Annotated[list[str], NoDecode, BeforeValidator(items(access.algorithm))] = []
    """Empty: HS256 with a secret, else RS256, ES256, PS256 and EdDSA."""
    s2s_jwt_leeway_s: Annotated[float, Field(ge=0, le=300)] = 30.0
    """How far the issuer's clock may be off."""
    s2s_proxy_user_header: Annotated[str, AfterValidator(access.header_name)] = "x-forwarded-user"
    s2s_proxy_name_header: Annotated[str, AfterValidator(access.header_name)] = "x-forwarded-preferred-username"
    s2s_proxy_groups_header: Annotated[str, AfterValidator(access.header_name)] = "x-forwarded-groups"
    s2s_trusted_proxies: Annotated[list[str], NoDecode, BeforeValidator(items(access.proxy_network))] = []
    """Addresses and networks whose identity headers are believed, by the peer of the socket."""
    s2s_operator_groups: Annotated[list[str], NoDecode, BeforeValidator(items(str))] = []
    """Who is in one of these groups of a token or proxy is an operator."""
    s2s_auth: Annotated[Literal["none", "key", "jwt", "proxy", "none-i-know"], BeforeValidator(str.lower)] = "none"
    """How callers authenticate. none: with a paid service only this machine may call."""
    s2s_trust_local: bool = True
    """Whether a request from this machine itself needs no credentials and is the operator's."""
    s2s_login_url: Annotated[str, AfterValidator(access.login_url)] = ""
    """The page that the gateway's own page leads to for S2S_AUTH=jwt; it comes back with a token in its fragment."""
    s2s_operator_key: Annotated[SecretStr, BeforeValidator(access.operator_key)] = SecretStr("")
    """Who sends it as Bearer token may see and end everything; empty: only who is local or has an operator's claim."""
    s2s_log_dir: str = ""
    s2s_log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(choices.log_level)] = "info"
    s2s_log_format: Annotated[Literal["text", "json"], BeforeValidator(str.lower)] = "text"
    s2s_log_transcripts: bool = True
    """Log what is said: conversation_log.txt, and words that a function repeats in its errors."""
    s2s_log_days: Annotated[float, Field(ge=0, le=3_650)] = 30.0
    """Age at which lines of logs are deleted; 0: by size only."""
    s2s_voice: Annotated[str, AfterValidator(choices.voice)] = "Puck"
    s2s_language: Annotated[str, AfterValidator(choices.language)] = ""
    s2s_system_instruction: str = ""
    s2s_silence_duration_ms: Annotated[int, Field(ge=0, le=5_000)] = 0
    s2s_playout_lead_ms: Annotated[int, Field(ge=60, le=2_000)] = 240
    s2s_worker_urls: Annotated[list[str], NoDecode, BeforeValidator(items(str))] = []
    """Addresses of several gateway processes behind one address, in order of their numbers."""
    s2s_worker_dir: str = ""
    """Folder that these processes share while they run."""
    s2s_worker: Annotated[int, Field(ge=0)] = 0
    """Number of this process, from 1; 0: the only gateway process. `make serve` sets all three."""
    s2s_client_dir: str = ""
    """Folder of the built client; empty: frontend/s2s-client/dist next to the backend."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use only what `from_env` passes in; do not read the process environment again."""
        return (init_settings,)

    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @field_validator("s2s_compression_target_tokens")
    @classmethod
    def _compression(cls, value: int, info: ValidationInfo) -> int:
        trigger = info.data.get("s2s_compression_trigger_tokens", 0)
        if trigger and value >= trigger:
            raise ValueError(f"it must be less than S2S_COMPRESSION_TRIGGER_TOKENS ({trigger})")
        return value

    @field_validator("s2s_worker")
    @classmethod
    def _worker(cls, value: int, info: ValidationInfo) -> int:
        others = info.data.get("s2s_worker_urls", [])
        if value and (value > len(others) or not info.data.get("s2s_worker_dir")):
            raise ValueError("it needs S2S_WORKER_URLS with an address for each process, and S2S_WORKER_DIR")
        return value

    @field_validator("s2s_turn_secret")
    @classmethod
    def _turn_secret(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("s2s_turn_urls") and not value.get_secret_value():
            raise ValueError("S2S_TURN_URLS needs the secret of that server")
        return value

    @field_validator("s2s_auth")
    @classmethod
    def _auth(cls, value: str, info: ValidationInfo) -> str:
        access.check_auth(value, info.data)
        return value

    @property
    def secrets(self) -> tuple[str, ...]:
        """All configured values that must never be printed, for `logs.register_secrets`."""
        addresses = (
            self.google_vertex_base_url,
            self.google_gemini_base_url,
            self.s2s_emulator_url,
            self.gemini_emulator_llm_url,
        )
        values = (
            self.gemini_api_key,
            self.google_api_key,
            self.gemini_emulator_llm_key,
            self.s2s_turn_secret.get_secret_value(),
            self.s2s_operator_key.get_secret_value(),
            self.s2s_jwt_secret.get_secret_value(),
            *(server.credential for server in self.s2s_ice_servers if server.credential),
            *self.proxies.passwords,
            *(password_of(address) for address in addresses),
        )
        return tuple(value for value in values if value)

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str],
        *,
        mistakes: Sequence[str] = (),
        warnings: Sequence[str] = (),
        outside_file: Collection[str] = (),
    ) -> "Settings":
        """Read the settings; an empty value means "not set". Raises SettingsError that names every wrong variable.

        `mistakes`, `warnings`: what reading the settings file has already found. `outside_file`: the names that are set
        in the process environment itself.
        """
        known = {name: value for name in cls.model_fields if (value := _value(environ, name))}
        found: dict[str, str] = {}
        try:
            settings = cls(**known)  # type: ignore[arg-type]  # pydantic parses the strings
        except ValidationError as fault:
            found = wording.mistakes(fault, cls.model_fields, known, _NEVER_REPEATED)
        names = unread(environ, {name.upper() for name in cls.model_fields})
        if wrong := (*mistakes, *found.values()):
            # A missing setting may be present under a misspelt name.
            wrong += tuple(name for name in names if name.endswith("?"))
            refusal = SettingsError.from_validation(
                wrong, in_file=bool(mistakes) or not set(found) <= set(outside_file)
            )
            right: dict[str, Any] = {name: value for name, value in known.items() if name.upper() not in found}
            with suppress(ValidationError):
                refusal.others = cls(**right)
            raise refusal
        settings._warnings = (
            *warnings,
            *names,
            *_doubts(settings),
        )
        return settings

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about settings that are valid but probably not intended."""
        return self._warnings

    @property
    def compression_target_tokens(self) -> int:
        """The configured target; without one the default, but at most half of the trigger."""
        target, trigger = self.s2s_compression_target_tokens, self.s2s_compression_trigger_tokens
        return target if "s2s_compression_target_tokens" in self.model_fields_set else min(target, trigger // 2)

    @property
    def project(self) -> str:
        """The configured Google Cloud project; empty if there is none."""
        return "" if self.gcp_project_id == PLACEHOLDER_PROJECT else self.gcp_project_id

    @property
    def api_key(self) -> str:
        return self.gemini_api_key or self.google_api_key

    @property
    def proxies(self) -> Proxies:
        """Proxies from the environment. Raises ProxyValueError."""
        return read_proxies({name: getattr(self, name) for name in PROXY_VARIABLES})

    @property
    def key_path(self) -> Path:
        """Path of the key file. Relative paths start at the backend folder, wherever the gateway was started."""
        path = expanded(self.service_account_key_path)
        return path if path.is_absolute() else BACKEND_DIR / path

    @property
    def log_dir(self) -> Path:
        return expanded(self.s2s_log_dir) if self.s2s_log_dir else BACKEND_DIR

    @property
    def keys_file(self) -> Path:
        return expanded(self.s2s_auth_keys_file) if self.s2s_auth_keys_file else self.log_dir / "auth-keys.json"

    @property
    def jwt_algorithms(self) -> tuple[str, ...]:
        """The algorithms that a token may be signed with; never symmetric and asymmetric ones together."""
        default = access.SYMMETRIC[:1] if self.s2s_jwt_secret.get_secret_value() else access.DEFAULT_ASYMMETRIC
        return tuple(self.s2s_jwt_algorithms) or default

    @property
    def journal_dir(self) -> Path:
        """Folder of this process's log files: a file shared and rotated by two processes would lose lines."""
        return self.log_dir / f"worker-{self.s2s_worker}" if self.s2s_worker else self.log_dir

    @property
    def report_dir(self) -> Path:
        return expanded(self.s2s_report_dir) if self.s2s_report_dir else self.log_dir / "reports"

    @property
    def client_dir(self) -> Path:
        if self.s2s_client_dir:
            return expanded(self.s2s_client_dir)
        return BACKEND_DIR.parent / "frontend" / "s2s-client" / "dist"


def _value(environ: Mapping[str, str], name: str) -> str:
    value = lower_case_wins(environ, name) if name in PROXY_VARIABLES else environ.get(name.upper(), "")
    return unquoted(value, is_path=name.endswith(_PATHS))


def _doubts(settings: Settings) -> list[str]:
    sentences = [choices.unknown_voice(settings.s2s_voice), choices.unknown_region(settings.gcp_region)]
    sentences += [
        f"S2S_ICE_SERVERS: {url} is told to pages; the gateway itself cannot use IPv6 addresses there."
        for server in settings.s2s_ice_servers
        for url in server.urls
        if url not in server.readable_here
    ]
    return [sentence for sentence in sentences if sentence]
