"""What each known refusal means: the rows of GEMINI_WIRE section 3 and their relatives; codes, verdicts, remedies."""

import pytest

from gemini_emulator.protocol.close_codes import CLOSES
from s2s.upstream.refusals.close_codes import CERTIFICATE_REFUSED, NO_ANSWER, PROXY_REFUSED, Verdict, diagnose
from s2s.upstream.refusals.refusal_rows import LOST
from s2s.upstream.refusals.refusal_table import ROWS
from s2s.wire import Backend

FATAL, FRESH, RETRY, WAIT = Verdict.FATAL, Verdict.FRESH, Verdict.RETRY, Verdict.WAIT
CHANGE, RENEW = Verdict.CHANGE_MODEL, Verdict.RENEW_TOKEN
BACKENDS: tuple[Backend, ...] = ("developer", "vertex", "emulator")
LONG_PATH = (
    "projects/a-project-with-a-long-name-42/locations/us-central1/publishers/google/models/gemini-live-2.5-flash"
)

BEFORE_SETUP: list[tuple[int, str, str, Verdict]] = [
    # settings
    (1007, "Thinking level must be specified for this model.", "thinking_level_refused", FATAL),
    (1007, "Thinking level is not supported for this model.", "thinking_level_refused", FATAL),
    (1007, "BLOCKING function calls are not supported for this model", "function_refused", FATAL),
    (
        1007,
        "Invalid value at 'setup.tools[0].function_declarations[0].parameters.properties[0].value.enum[0]', 60",
        "function_refused",
        FATAL,
    ),
    (1007, "Invalid JSON payload received. Unknown name \"proactivity\" at 'setup': Cannot", "setup_refused", FATAL),
    (1007, "Invalid JSON payload received. Unknown name \"mediaResolution\" at 'setup'", "setup_refused", FATAL),
    (1007, "Request contains an invalid argument.", "setup_refused", FATAL),
    (1007, "Unsupported language code 'xx-XX' for model models/gemini-3.8-live", "language_not_supported", FATAL),
    (1007, "Unsupported voice name Alexa", "voice_not_supported", FATAL),
    (1007, "Requested voice api_name 'Bob' is not available for this model.", "voice_not_supported", FATAL),
    # keys
    (1007, "API key not valid. Please pass a valid API key.", "bad_api_key", FATAL),
    (1007, "API Key not found. Please pass a valid API key.", "bad_api_key", FATAL),
    (1007, "API key expired. Please renew the API key.", "bad_api_key", FATAL),
    (403, "HTTP 403 PERMISSION_DENIED: Your API key was reported as leaked.", "bad_api_key", FATAL),
    (403, "HTTP 403 PERMISSION_DENIED: Requests from referer <empty> are blocked.", "api_key_restricted", FATAL),
    (400, "HTTP 400 INVALID_ARGUMENT: API key not valid. Please pass a valid API key.", "bad_api_key", FATAL),
    (1011, "Token has been used too many times", "token_used_up", FATAL),
    # models
    (1008, "models/X is not found for API version v1beta, or is not supported for bidiG", "model_not_found", CHANGE),
    (1008, f"Publisher Model `{LONG_PATH}` was not found"[:123], "model_not_found", CHANGE),
    (
        1008,
        "Publisher Model `projects/p/locations/l/publishers/google/models/X` was not found",
        "model_not_found",
        CHANGE,
    ),
    (404, "HTTP 404 NOT_FOUND: Publisher Model `X` was not found or your project", "model_not_found", CHANGE),
    (404, "HTTP 404", "not_found", CHANGE),
    (404, "HTTP 404 NOT_FOUND: Requested entity was not found.", "model_not_found", CHANGE),
    (404, "HTTP 404: 404. The requested URL /ws/x was not found on this server.", "not_found", CHANGE),
    (1008, "This model models/X is no longer available. Please update your code", "model_retired", CHANGE),
    (1008, "Publisher Model `X` has been retired.", "model_retired", CHANGE),
    (400, "HTTP 400 FAILED_PRECONDITION: Model X is not servable in region eu", "model_not_in_location", CHANGE),
    # projects
    (1008, "Generative Language API has not been used in project 1 before or it is disabled.", "api_disabled", FATAL),
    (403, "HTTP 403 PERMISSION_DENIED: Vertex AI API has not been used in project 1", "api_disabled", FATAL),
    (1008, "Your project has been denied access. Please contact support.", "project_denied", FATAL),
    (403, "HTTP 403 PERMISSION_DENIED: Permission 'aiplatform.endpoints.predict' denied", "not_authorised", FATAL),
    (403, "HTTP 403", "not_authorised", FATAL),
    (400, "HTTP 400 FAILED_PRECONDITION: User location is not supported", "location_not_supported", FATAL),
    (1008, "something new", "not_allowed", FATAL),
    # money
    (1011, "Your prepayment credits are depleted. Please go to AI Studio", "credits_depleted", FATAL),
    (429, "HTTP 429 RESOURCE_EXHAUSTED: Your prepayment credits are depleted.", "credits_depleted", FATAL),
    (1011, "Your project has exceeded its monthly spending cap.", "spending_cap", FATAL),
    (429, "HTTP 429 RESOURCE_EXHAUSTED: Monthly spend limit reached", "spending_cap", FATAL),
    (403, "HTTP 403: This API method requires billing to be enabled. (BILLING_DISABLED)", "billing_disabled", FATAL),
    (1011, "You have run out of prepaid credits.", "credits_depleted", FATAL),
    (1011, "Your free credits have been exhausted.", "credits_depleted", FATAL),
    (402, "HTTP 402: Insufficient credit balance", "credits_depleted", FATAL),
    (1011, "Project 1 has reached its budget cap", "spending_cap", FATAL),
    (1011, "The monthly spend cap of this project is exceeded", "spending_cap", FATAL),
    # quota and load
    (1011, "You exceeded your current quota, please check your plan and billing details.", "quota_exceeded", WAIT),
    (429, "HTTP 429", "quota_exceeded", WAIT),
    (429, "HTTP 429: Quota exceeded for metric: x_free_tier_requests, limit: 0, model: m", "quota_exceeded", FATAL),
    (429, "HTTP 429: Quota exceeded for metric: x, limit: 50, model: m", "quota_exceeded", WAIT),
    (1011, "OVERLOADED_TOO_MANY_RETRIES_PER_REQUEST", "overloaded", WAIT),
    (503, "HTTP 503 UNAVAILABLE: The model is overloaded. Please try again later.", "overloaded", WAIT),
    # passing
    (503, "HTTP 503", "unavailable", RETRY),
    (502, "HTTP 502: Bad gateway. Permission page of a proxy", "unavailable", RETRY),
    (500, "HTTP 500 INTERNAL: Internal error encountered.", "internal_error", RETRY),
    (1012, "", "unavailable", RETRY),
    (1013, "Try again later", "unavailable", RETRY),
    (1006, "", "upstream_lost", RETRY),
    (NO_ANSWER, "setup was not answered within 15 s", "no_answer", RETRY),
    (PROXY_REFUSED, "HTTP 407", "proxy_refused", RETRY),
    (407, "HTTP 407: Proxy Authentication Required", "proxy_refused", RETRY),
    (CERTIFICATE_REFUSED, "self-signed certificate in chain", "certificate_refused", RETRY),
    (200, "HTTP 200: Welcome to the hotel", "not_a_voice_service", RETRY),
    (302, "HTTP 302", "not_a_voice_service", RETRY),
    (426, "HTTP 426", "handshake_refused", FATAL),
]
WHILE_LIVE: list[tuple[int, str, str, Verdict]] = [
    (1007, "Sample rate changed from previously 24000 to 16000, which is not supported.", "audio_refused", FRESH),
    (1007, "Request contains an invalid argument.", "message_refused", FRESH),
    (400, "INVALID_ARGUMENT: Request contains an invalid argument.", "message_refused", FRESH),
    (1007, "The input token count exceeds the maximum number of tokens allowed", "context_full", FRESH),
    (1008, "BidiGenerateContent session not found", "handle_expired", FRESH),
    (1008, "Operation is not implemented, or supported, or enabled.", "audio_during_call", RETRY),
    (1011, "Deadline expired before operation could complete.", "lifetime_over", RETRY),
    (1011, "Internal error occurred.", "internal_error", RETRY),
    (1011, "The service is currently unavailable.", "unavailable", RETRY),
    (1008, "The operation was aborted.", "lifetime_over", RETRY),
    (1000, "The operation was cancelled.", "lifetime_over", RETRY),
    (1008, CLOSES["kept_past_go_away"].reason, "lifetime_over", RETRY),
    (1007, CLOSES["media_chunks"].reason, "message_refused", FRESH),
    (1007, CLOSES["activity_not_allowed"].reason, "message_refused", FRESH),
    (1011, "keepalive ping timeout", "keepalive", RETRY),
    (1008, "", "upstream_lost", RETRY),
]
ALL = [(*row, False) for row in BEFORE_SETUP] + [(*row, True) for row in WHILE_LIVE]


@pytest.mark.parametrize(("code", "reason", "ours", "verdict", "was_live"), ALL)
def test_every_known_refusal_has_its_code_and_verdict(
    code: int, reason: str, ours: str, verdict: Verdict, was_live: bool
):
    diagnosis = diagnose(code, reason, was_live=was_live, backend="developer")
    assert (diagnosis.code, diagnosis.verdict) == (ours, verdict)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_remedy_is_true_for_the_backend_in_use(backend: Backend):
    foreign = {
        "developer": ("GCP_", "service account", "Vertex AI User", "aiplatform"),
        "vertex": ("GEMINI_API_KEY", "AI Studio", "generativelanguage"),
        "emulator": ("AI Studio", "service account", "GCP_", "billing"),
    }
    for code, reason, _, _, was_live in ALL:
        diagnosis = diagnose(code, reason, was_live=was_live, backend=backend)
        said = f"{diagnosis.message.replace(reason.rstrip('.'), '')} {diagnosis.hint}"
        assert not [word for word in foreign[backend] if word in said], f"{code} {reason}: {said}"


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_message_promises_another_attempt_and_every_one_has_a_remedy(backend: Backend):
    for code, reason, _, _, was_live in ALL:
        diagnosis = diagnose(code, reason, was_live=was_live, backend=backend)
        assert diagnosis.message.endswith(".")
        assert diagnosis.hint.endswith(".")
        said = f"{diagnosis.message} {diagnosis.hint}".lower()
        for promise in ("called again", "tries again", "trying again", "reconnect"):
            assert promise not in said, f"{code} {reason}"


@pytest.mark.parametrize(
    ("reason", "setting"),
    [
        ("Unsupported language code 'xx-XX' for model models/gemini-3.8-live", "S2S_LANGUAGE"),
        ("Thinking level must be specified for this model.", "S2S_THINKING_LEVEL"),
        ("Unsupported voice name Alexa", "S2S_VOICE"),
    ],
)
def test_the_remedy_names_the_setting_that_was_refused(reason: str, setting: str):
    for backend in BACKENDS:
        assert setting in diagnose(1007, reason, was_live=False, backend=backend).hint


def test_a_refused_token_is_renewed_where_there_is_one_to_renew():
    text = "HTTP 401 UNAUTHENTICATED: Request had invalid authentication credentials. Expected OAuth 2 access token"
    assert diagnose(401, text, was_live=False, backend="vertex").verdict is RENEW
    assert diagnose(401, "HTTP 401", was_live=False, backend="vertex").verdict is RENEW
    assert diagnose(1008, text, was_live=True, backend="vertex").verdict is RENEW
    assert diagnose(401, text, was_live=False, backend="developer").verdict is FATAL


def test_an_empty_purse_is_no_reason_to_try_another_model():
    for code in ("credits_depleted", "spending_cap", "billing_disabled", "bad_api_key", "api_disabled"):
        rows = [row for row in ROWS if row.code == code]
        assert rows
        assert not any(row.other_model_may_help for row in rows), code


def test_a_long_sentence_of_the_services_is_cut_in_the_message_only():
    diagnosis = diagnose(1008, "x" * 1_500, was_live=False, backend="vertex")
    assert len(diagnosis.message) < 320
    assert "…" in diagnosis.message


def test_a_reason_with_braces_and_line_breaks_is_quoted_as_it_is():
    diagnosis = diagnose(1008, "no {model}\nhere {}", was_live=False, backend="vertex")
    assert "no {model} here {}" in diagnosis.message


@pytest.mark.parametrize("backend", ["developer", "vertex"])
def test_an_address_that_is_not_there_is_no_reason_to_blame_the_model_alone(backend: Backend):
    page = "HTTP 404: 404. That's an error. The requested URL /ws/x was not found on this server."
    found = diagnose(404, page, was_live=False, backend=backend)
    assert "address" in found.message
    assert f"GOOGLE_{'GEMINI' if backend == 'developer' else 'VERTEX'}_BASE_URL" in found.hint


@pytest.mark.parametrize("backend", ["developer", "vertex"])
def test_a_page_that_forbids_may_come_from_something_in_between(backend: Backend):
    page = diagnose(403, "HTTP 403: Blocked by the policy of Example Corp", was_live=False, backend=backend)
    assert page.message.endswith("HTTP 403: Blocked by the policy of Example Corp.")
    assert "HTTPS_PROXY" in page.hint
    google = diagnose(403, "HTTP 403 PERMISSION_DENIED: Denied", was_live=False, backend=backend)
    assert "HTTPS_PROXY" not in google.hint


def test_a_refused_token_is_not_blamed_on_a_missing_role():
    assert "role" not in diagnose(401, "HTTP 401", was_live=False, backend="vertex").hint


def test_texts_of_the_table_are_in_lower_case_or_would_never_match():
    for row in (*ROWS, LOST):
        assert all(text == text.lower() for text in row.texts), row.code


@pytest.mark.parametrize(
    "reason",
    [
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "the host name cannot be resolved (Name or service not known)",
        "OSError: [Errno 101] Network is unreachable",
        "OSError: [Errno 113] No route to host",
        "TimeoutError: [Errno 110] Connection timed out",
        "OSError: Multiple exceptions: [Errno 111] Connect call failed ('::1', 9), [Errno 111] Connect call failed",
    ],
)
def test_a_service_that_was_never_reached_is_not_called_lost(reason: str):
    never = diagnose(1006, reason, was_live=False, backend="developer")
    assert (never.code, never.verdict) == ("upstream_lost", RETRY)
    assert never.message == "The AI service cannot be reached."
    assert "HTTPS_PROXY" in never.hint
    assert "make doctor" in never.hint
    assert "S2S_EMULATOR_URL" in diagnose(1006, reason, was_live=False, backend="emulator").hint
    assert diagnose(1006, "ConnectionClosedError: no close frame", was_live=False).message.endswith("was lost.")
    assert diagnose(1006, reason, was_live=True).message.endswith("was lost.")
