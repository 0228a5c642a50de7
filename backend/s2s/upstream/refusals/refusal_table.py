"""Known refusals and closes of the service, matched by their text, one row each. Pure.

Sources: Google's documented errors, and close reasons and HTTP bodies recorded in the field. A row has its own code
where it has its own remedy, and remedies are true for the backend in use.
"""

from dataclasses import replace

from s2s.upstream.refusals.diagnosis import Verdict
from s2s.upstream.refusals.refusal_rows import (
    ASK_KEY,
    ASK_MODEL,
    ASK_ROLE,
    BAD_WORDS,
    CREDENTIALS,
    INTERNAL,
    LATER,
    NOT_AUTHENTICATED,
    NOT_AUTHORISED,
    NOT_FOUND,
    PROXY,
    QUOTA,
    REFUSED,
    UNAVAILABLE,
    Row,
    by_backend,
)

EXPIRED = Row(
    Verdict.FRESH,
    "handle_expired",
    "The AI service no longer knows the earlier conversation.",
    LATER,
    ("session not found", "invalid session handle", "resumption handle", "requested entity was not found"),
    tries=3,
)
_MONEY = (
    Row(
        Verdict.FATAL,
        "credits_depleted",
        "The prepaid credit for the AI service is used up.",
        by_backend(
            "Add credit under Billing in Google AI Studio (aistudio.google.com), then start a new conversation.",
            "Add credit to the project's billing account in the Google Cloud console, then start a new conversation.",
        ),
        (
            "prepayment credit",
            "prepaid credit",
            "credit balance",
            "credits are",
            "credits depleted",
            "credits have been",
            "insufficient credit",
            "out of credits",
        ),
        other_model_may_help=False,
    ),
    Row(
        Verdict.FATAL,
        "spending_cap",
        "The spending cap for the AI service is reached.",
        by_backend(
            "Raise the monthly cap under Spend in Google AI Studio (aistudio.google.com), or wait for the next month.",
            "Raise the cap or budget of the project in the Google Cloud console, or wait for the next month.",
        ),
        ("spending cap", "spend cap", "spending limit", "spend limit", "spend-based", "budget limit", "budget cap"),
        other_model_may_help=False,
    ),
    Row(
        Verdict.FATAL,
        "billing_disabled",
        "Billing is not enabled for the AI service's Google Cloud project.",
        by_backend(
            "Set up billing for the key's project in Google AI Studio (aistudio.google.com).",
            "Link an open billing account to the project named by GCP_PROJECT_ID in the Google Cloud console.",
        ),
        (
            "billing_disabled",
            "requires billing",
            "enable billing",
            "billing account",
            "billing is disabled",
            "billing to be enabled",
            "billing is not enabled",
            "billing has not been enabled",
        ),
        other_model_may_help=False,
    ),
)
_PROJECT = (
    Row(
        Verdict.FATAL,
        "project_denied",
        "Google denied this project access to the AI service.",
        by_backend(
            "Use an API key of another project in GEMINI_API_KEY (backend/.env), or ask Google's support.",
            "Set another project in GCP_PROJECT_ID (backend/.env), or ask Google Cloud support.",
        ),
        ("denied access", "consumer_suspended", "has been suspended", "consumer_invalid", "project has been deleted"),
        other_model_may_help=False,
    ),
    Row(
        Verdict.FATAL,
        "location_not_supported",
        "The AI service is not offered where this server runs.",
        by_backend(
            "Run the gateway in a country of ai.google.dev/gemini-api/docs/available-regions, or use Vertex AI.",
            "Set GCP_REGION in backend/.env to a region that serves the model.",
        ),
        ("user location is not supported", "location is not supported for the api use"),
        other_model_may_help=False,
    ),
    Row(
        Verdict.FATAL,
        "api_disabled",
        by_backend(
            "The AI service (Gemini API) is not enabled in the API key's Google Cloud project.",
            "The AI service (Vertex AI API) is not enabled in this Google Cloud project.",
        ),
        by_backend(
            "Enable generativelanguage.googleapis.com in that project, or make a new key in Google AI Studio.",
            "Enable aiplatform.googleapis.com in the project named by GCP_PROJECT_ID; it takes a few minutes.",
        ),
        ("has not been used in project", "it is disabled", "service_disabled"),
        other_model_may_help=False,
    ),
)
_NEW_KEY = by_backend(
    "Make a new key in Google AI Studio and put it into GEMINI_API_KEY (backend/.env).", ASK_ROLE["vertex"]
)
_KEYS = (
    Row(
        Verdict.FATAL,
        "bad_api_key",
        by_backend("The API key has expired.", CREDENTIALS, CREDENTIALS),
        _NEW_KEY,
        ("api key expired", "api_key_expired"),
        other_model_may_help=False,
    ),
    Row(
        Verdict.FATAL,
        "bad_api_key",
        by_backend("Google blocked the API key because it was published.", CREDENTIALS, CREDENTIALS),
        _NEW_KEY,
        ("reported as leaked",),
        other_model_may_help=False,
    ),
    Row(
        Verdict.FATAL,
        "api_key_restricted",
        by_backend("The API key may not be used for the AI service from here.", CREDENTIALS, CREDENTIALS),
        by_backend(
            "Remove the key's API, address or referrer restriction in the Google Cloud console, or put another key "
            "into GEMINI_API_KEY (backend/.env).",
            ASK_ROLE["vertex"],
        ),
        (
            "are blocked",
            "api_key_service_blocked",
            "api_key_http_referrer_blocked",
            "api_key_ip_address_blocked",
            "address restriction",
            "violates this restriction",
        ),
        other_model_may_help=False,
    ),
    Row(
        Verdict.FATAL,
        "token_used_up",
        "The token for the AI service has been used up.",
        by_backend(
            "Put an API key into GEMINI_API_KEY (backend/.env): an ephemeral token serves only one conversation.",
            ASK_ROLE["vertex"],
        ),
        ("used too many times",),
        other_model_may_help=False,
    ),
    NOT_AUTHENTICATED,
    Row(
        Verdict.FATAL,
        "bad_api_key",
        by_backend("The AI service rejected the API key.", CREDENTIALS, "The local engine rejected the key."),
        ASK_KEY,
        ("api key", "api_key_invalid"),
        other_model_may_help=False,
    ),
)
_MODELS = (
    Row(
        Verdict.CHANGE_MODEL,
        "model_retired",
        "The AI service no longer offers this model.",
        ASK_MODEL,
        (
            "no longer available",
            "no longer supported",
            "been retired",
            "was retired",
            "is retired",
            "deprecated",
            "been shut down",
            "was shut down",
            "discontinued",
        ),
    ),
    Row(
        Verdict.CHANGE_MODEL,
        "model_not_in_location",
        "The AI service does not offer this model in this region.",
        by_backend(ASK_MODEL["developer"], "Set GCP_REGION in backend/.env to a location that serves the model."),
        ("not servable", "not available in", "not supported in region", "not supported in location"),
    ),
    Row(
        Verdict.CHANGE_MODEL,
        "model_not_found",
        "The AI service does not know this model, or does not offer it for live conversations.",
        ASK_MODEL,
        ("is not found for api version", "publisher model"),
    ),
    Row(
        Verdict.CHANGE_MODEL,
        "model_not_found",
        "This model cannot hold live conversations.",
        ASK_MODEL,
        ("not supported for bidi", "does not support bidi", "not supported in the live api"),
    ),
    NOT_FOUND,
    Row(
        Verdict.CHANGE_MODEL,
        "model_not_found",
        "The AI service does not know this model.",
        ASK_MODEL,
        ("is not found", "was not found"),
    ),
)
_SETTINGS = (
    Row(
        Verdict.FATAL,
        "thinking_level_refused",
        "The AI service does not offer this model with this thinking level: {reason}.",
        "Set S2S_THINKING_LEVEL in backend/.env to a level that the model takes, or leave it empty.",
        ("thinking level", "thinking_level", "thinkinglevel", "thinking_config", "thinkingconfig", "thinking budget"),
        quotes=True,
    ),
    Row(
        Verdict.FATAL,
        "language_not_supported",
        "The model does not speak the chosen language: {reason}.",
        "Set S2S_LANGUAGE in backend/.env to a language that the model speaks, or leave it empty: the model then "
        "detects the language.",
        ("unsupported language", "language code", "languagecode", "language_code", "language is not supported"),
        quotes=True,
    ),
    Row(
        Verdict.FATAL,
        "voice_not_supported",
        "The model does not have the chosen voice: {reason}.",
        "Choose another voice on the page, or set S2S_VOICE in backend/.env.",
        (
            "voice name",
            "voice_name",
            "voicename",
            "requested voice",
            "unsupported voice",
            "invalid voice",
            "unknown voice",
        ),
        quotes=True,
    ),
    Row(
        Verdict.FATAL,
        "function_refused",
        "The AI service rejected the description of a tool: {reason}.",
        "Correct the tool that is named, or remove it from backend/tools.py.",
        ("blocking function calls", "function_declaration", "functiondeclaration", "function declaration", "tools["),
        quotes=True,
    ),
    REFUSED,
)
_PASSING = (
    Row(
        Verdict.FATAL,
        "quota_exceeded",
        "The quota of this project for this model is zero.",
        by_backend(
            "Enable billing for the key's project, or set GEMINI_MODEL in backend/.env to a model that it may use.",
            "Ask for quota in the Google Cloud console, or set GEMINI_MODEL in backend/.env to a model with quota.",
        ),
        ("limit: 0,", "limit: 0 "),
    ),
    QUOTA,
    Row(
        Verdict.WAIT,
        "overloaded",
        "The AI service is overloaded.",
        LATER,
        ("overloaded",),
        tries=4,
    ),
    Row(
        Verdict.RETRY,
        "audio_during_call",
        "The AI service cannot listen while a tool runs.",
        "From now on it hears what you say as soon as the tool has finished.",
        ("content_type_audio", "operation is not implemented"),
    ),
    Row(
        Verdict.FRESH,
        "audio_refused",
        "The AI service lost track of your microphone's sound.",
        "Start a new conversation.",
        ("sample rate changed",),
        tries=3,
    ),
    Row(
        Verdict.FRESH,
        "context_full",
        "The conversation has become too long for the model.",
        "Start a new conversation.",
        ("number of tokens allowed", "input token count", "context window", "context length"),
        tries=3,
    ),
    INTERNAL,
    UNAVAILABLE,
    Row(
        Verdict.RETRY,
        "lifetime_over",
        "The AI service ended this connection.",
        LATER,
        ("deadline expired", "was aborted", "was cancelled", "session duration", "goaway signal"),
    ),
    Row(
        Verdict.RETRY,
        "keepalive",
        "The AI service stopped responding.",
        LATER,
        ("keepalive",),
    ),
)

ROWS: tuple[Row, ...] = (
    *_MONEY,
    *_PROJECT,
    *_KEYS,
    EXPIRED,
    *_SETTINGS,
    # A field is deprecated here, not the model.
    replace(BAD_WORDS, texts=("media_chunks is deprecated",)),
    *_MODELS,
    NOT_AUTHORISED,
    *_PASSING,
    PROXY,
)
"""The first matching row wins."""
