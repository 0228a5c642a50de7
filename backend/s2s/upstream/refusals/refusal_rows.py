"""The Row type, rows for bare codes, and the building blocks of `refusal_table`."""

from collections.abc import Mapping
from dataclasses import dataclass

from s2s.upstream.refusals.diagnosis import Diagnosis, Verdict
from s2s.wire import Backend

ByBackend = str | Mapping[Backend, str]
_LOCAL = "Restart the local engine; if it runs elsewhere, check S2S_EMULATOR_URL in backend/.env."


def by_backend(developer: str, vertex: str, emulator: str = _LOCAL) -> Mapping[Backend, str]:
    return {"developer": developer, "vertex": vertex, "emulator": emulator}


_NETWORK = "Check this machine's network, firewall and HTTPS_PROXY; `make doctor` tries one step after another."


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One kind of refusal or close."""

    verdict: Verdict | Mapping[Backend, Verdict]
    code: str
    message: ByBackend
    """The message; `{reason}` is the service's own sentence if `quotes`."""
    remedy: ByBackend
    texts: tuple[str, ...] = ()
    """Lower-case fragments; a reason with any of them matches this row."""
    tries: int = 5
    tries_with_handle: int = 5
    other_model_may_help: bool = True
    quotes: bool = False

    def diagnosis(self, backend: Backend) -> Diagnosis:
        """Return the row worded for one backend."""
        return Diagnosis(
            self.verdict if isinstance(self.verdict, Verdict) else self.verdict[backend],
            self.code,
            self.message if isinstance(self.message, str) else self.message[backend],
            self.remedy if isinstance(self.remedy, str) else self.remedy[backend],
            self.tries,
            self.tries_with_handle,
            self.other_model_may_help,
        )


LATER = "Start a new conversation in a minute. If it fails again, GET /errors shows the service's own words."
ASK_KEY = by_backend(
    "Check GEMINI_API_KEY in backend/.env, or remove it to talk to the local engine.",
    "Check the Google Cloud credentials (VERTEX_AI_SETUP.md); this service takes no API key.",
)
ASK_MODEL = by_backend(
    "Check GEMINI_MODEL in backend/.env; leave it empty for the default.",
    "Check GEMINI_MODEL and GCP_REGION in backend/.env; leave GEMINI_MODEL empty for the default.",
)
ASK_SETTING = by_backend(
    "GET /errors shows the service's own words; check the settings in backend/.env that they name, GEMINI_MODEL first.",
    "GET /errors shows the service's own words; check the settings in backend/.env that they name, GEMINI_MODEL and "
    "GCP_REGION first.",
)
ASK_ROLE = by_backend(
    "Check that the API key in GEMINI_API_KEY (backend/.env) belongs to a project that may use the Gemini API.",
    'Check that the account of the credentials has the role "Vertex AI User" (the Console calls it "Agent Platform '
    'User") in the project of GCP_PROJECT_ID, and that aiplatform.googleapis.com is enabled there.',
)
CREDENTIALS = "The AI service rejected the credentials."

# --- our own codes ----------------------------------------------------------------------------------------

ENGINE_MISSING = Row(
    Verdict.FATAL,
    "engine_missing",
    "{reason}.",
    "Or connect Gemini: put GEMINI_API_KEY into backend/.env.",
    other_model_may_help=False,
    quotes=True,
)
BAD_CREDENTIALS = Row(
    Verdict.FATAL,
    "bad_credentials",
    "{reason}.",
    by_backend(ASK_KEY["developer"], "Check the Google Cloud credentials; VERTEX_AI_SETUP.md shows how."),
    other_model_may_help=False,
    quotes=True,
)
PROXY = Row(
    Verdict.RETRY,
    "proxy_refused",
    "The web proxy blocks the connection to the AI service: {reason}.",
    "Check HTTPS_PROXY and NO_PROXY in the environment of the gateway.",
    ("proxy authentication required",),
    tries=2,
    other_model_may_help=False,
    quotes=True,
)
CERTIFICATE = Row(
    Verdict.RETRY,
    "certificate_refused",
    "The AI service's certificate is not trusted: {reason}.",
    "Behind a company proxy, name its CA certificate in S2S_CA_FILE (backend/.env); else check the machine's clock.",
    tries=2,
    other_model_may_help=False,
    quotes=True,
)
NO_ANSWER = Row(
    Verdict.RETRY,
    "no_answer",
    "The AI service is not responding: {reason}.",
    by_backend(
        "Check the network, the firewall and HTTPS_PROXY, then start a new conversation.",
        "Check the network, the firewall, HTTPS_PROXY and GCP_REGION (backend/.env), then start a new conversation.",
    ),
    tries=3,
    tries_with_handle=2,
    quotes=True,
)

# --- by code, if no text matches ------------------------------------------------------------

REFUSED = Row(
    Verdict.FATAL,
    "setup_refused",
    "The AI service rejected a setting of this conversation: {reason}.",
    ASK_SETTING,
    ("unknown name", "cannot extract voices", "cannot find field"),
    quotes=True,
)
NOT_ALLOWED = Row(
    Verdict.FATAL,
    "not_allowed",
    "The AI service refused the conversation: {reason}.",
    by_backend(
        "Check GEMINI_API_KEY and GEMINI_MODEL in backend/.env.",
        "Check the project, GEMINI_MODEL and GCP_REGION in backend/.env.",
    ),
    quotes=True,
)
NOT_AUTHORISED = Row(
    Verdict.FATAL,
    "not_authorised",
    CREDENTIALS,
    ASK_ROLE,
    ("permission", "not authorized", "iam_permission_denied"),
    other_model_may_help=False,
)
FORBIDDEN = Row(
    Verdict.FATAL,
    "not_authorised",
    "The AI service, or something on the way to it, forbids the connection: {reason}.",
    by_backend(
        "Check GEMINI_API_KEY (backend/.env); behind a firewall or proxy that blocks the service, HTTPS_PROXY.",
        "Check the Google Cloud credentials (VERTEX_AI_SETUP.md); behind a firewall or proxy that blocks the service, "
        "HTTPS_PROXY.",
    ),
    other_model_may_help=False,
    quotes=True,
)
"""HTTP 403 with a page that is not Google's."""
NOT_AUTHENTICATED = Row(
    {"developer": Verdict.FATAL, "vertex": Verdict.RENEW_TOKEN, "emulator": Verdict.FATAL},
    "not_authorised",
    CREDENTIALS,
    by_backend(
        ASK_KEY["developer"],
        "Check the Google Cloud credentials (VERTEX_AI_SETUP.md): the key may be deleted, or the account disabled.",
    ),
    ("invalid authentication", "expected oauth", "access_token_", "unauthenticated", "login required"),
    tries=1,
    other_model_may_help=False,
)
NOT_FOUND = Row(
    Verdict.CHANGE_MODEL,
    "not_found",
    by_backend(
        "The AI service does not know this address or model.",
        "The AI service does not know this address or model, or does not offer it in this region.",
        "The local engine does not know this address or model.",
    ),
    by_backend(
        "Check GOOGLE_GEMINI_BASE_URL, HTTPS_PROXY and GEMINI_MODEL, as far as they are set.",
        "Check GCP_REGION and GEMINI_MODEL in backend/.env, and GOOGLE_VERTEX_BASE_URL if it is set.",
    ),
    ("the requested url",),
)
HANDSHAKE_REFUSED = Row(
    Verdict.FATAL,
    "handshake_refused",
    "The AI service refused the connection: {reason}.",
    by_backend(
        "Check GOOGLE_GEMINI_BASE_URL and HTTPS_PROXY, if they are set.",
        "Check GOOGLE_VERTEX_BASE_URL and HTTPS_PROXY, if they are set.",
    ),
    other_model_may_help=False,
    quotes=True,
)
NO_VOICE_SERVICE = Row(
    Verdict.RETRY,
    "not_a_voice_service",
    "Something else answers at the AI service's address: {reason}.",
    "Check for a login page of the network, HTTPS_PROXY, and the address of the service if one is set.",
    tries=2,
    other_model_may_help=False,
    quotes=True,
)
QUOTA = Row(
    Verdict.WAIT,
    "quota_exceeded",
    "The AI service is at its limit: the quota is used up, or too many conversations are open.",
    by_backend(
        "Wait a minute, end other conversations, or check plan and billing in Google AI Studio.",
        "Wait a minute, end other conversations, or check the project's quota and billing in the Google Cloud console.",
        "Wait a minute, or end other conversations.",
    ),
    (
        "quota",
        "resource_exhausted",
        "resource exhausted",
        "resource has been exhausted",
        "rate limit",
        "too many requests",
        "concurrent sessions",
    ),
)
INTERNAL = Row(
    Verdict.RETRY,
    "internal_error",
    "The AI service had an internal error.",
    LATER,
    ("internal error", "failed to run inference"),
    tries_with_handle=2,
)
UNAVAILABLE = Row(
    Verdict.RETRY,
    "unavailable",
    "The AI service is unavailable right now.",
    LATER,
    ("currently unavailable", "service unavailable", "temporarily unavailable"),
    tries_with_handle=2,
)
BAD_WORDS = Row(
    Verdict.FRESH,
    "message_refused",
    "The AI service rejected a message.",
    "Start a new conversation. GET /errors shows the service's own words.",
    tries=3,
)
UNREACHED = Row(
    Verdict.RETRY,
    "upstream_lost",
    "The AI service cannot be reached.",
    by_backend(_NETWORK, _NETWORK),
    (
        "the host name cannot be resolved",
        "connection refused",
        "connect call failed",
        "network is unreachable",
        "network is down",
        "no route to host",
        "host is down",
        "connection timed out",
    ),
)
LOST = Row(Verdict.RETRY, "upstream_lost", "The connection to the AI service was lost.", LATER)
