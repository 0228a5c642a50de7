"""What stands in the way of an access token, told apart: each answer its code, its verdict and its remedy."""

import json
from datetime import UTC, datetime

import pytest

from s2s.upstream.refusals.token_errors import Attempt, CredentialsError, Failure, Kind, explain, explain_failure

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HOST = "oauth2.googleapis.com"
TIMES = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)
HTML = "<!DOCTYPE html><html><body>Sign in to the network</body></html>"


def told(
    status: int,
    body: object = "",
    *,
    kind: Kind = "service_account",
    date: str = "",
    fault: str = "what google-auth said",
) -> CredentialsError:
    text = body if isinstance(body, str) else json.dumps(body)
    return explain(Attempt(HOST, status=status, body=text, date=date), fault, kind, NOW)


def refused(error: str, description: str = "", **more: object) -> CredentialsError:
    return told(400, {"error": error, "error_description": description}, **more)


def failed(failure: Failure, detail: str = "", *, proxy: str = "", verify_code: int = 0) -> CredentialsError:
    attempt = Attempt(HOST, proxy, failure=failure, detail=detail, verify_code=verify_code)
    return explain(attempt, "", "service_account", NOW)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
@pytest.mark.parametrize("body", ["", HTML, {"error": "internal_failure"}])
def test_a_service_that_is_down_or_busy_is_tried_again(status: int, body: object):
    error = told(status, body)
    assert (error.code, error.retryable) == ("token_unavailable", True)
    assert str(status) in str(error)
    assert "key" not in f"{error}{error.hint}"


@pytest.mark.parametrize("body", [HTML, "", "null", "[]", '"x"', "{", "[" * 50_000])
@pytest.mark.parametrize("status", [200, 204, 302])
def test_an_answer_that_is_none_of_a_token_service_is_tried_again(status: int, body: str):
    error = told(status, body)
    assert (error.code, error.retryable) == ("token_unavailable", True)
    assert "no token service" in str(error)


@pytest.mark.parametrize("body", [{}, {"expires_in": 3600}, {"access_token": "x", "expires_in": "soon"}])
def test_an_answer_without_a_usable_token_is_tried_again(body: object):
    assert told(200, body).retryable


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable", "internal_failure"])
def test_trouble_of_the_service_by_its_own_name_is_tried_again(error: str):
    assert refused(error).retryable


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("Mon, 30 Nov 2026 15:02:00 GMT", "3 hours behind"),
        ("Mon, 30 Nov 2026 11:20:00 GMT", "40 minutes ahead"),
        ("Fri, 27 Nov 2026 12:00:00 GMT", "3 days ahead"),
        ("Mon, 30 Nov 2026 12:01:30 GMT", "90 seconds behind"),
        ("", "seems to be wrong"),
        ("yesterday", "seems to be wrong"),
        ("Mon, 30 Nov 2026 12:00:00 GMT", "seems to be wrong"),
    ],
)
def test_a_wrong_clock_is_told_with_how_wrong_it_is(date: str, words: str):
    error = refused("invalid_grant", TIMES, date=date)
    assert (error.code, error.retryable) == ("clock_wrong", False)
    assert words in str(error)
    assert "NTP" in error.hint


def test_a_clock_that_is_hours_off_is_to_blame_whatever_the_service_says():
    error = refused("invalid_grant", "Bad Request", date="Mon, 30 Nov 2026 15:00:00 GMT")
    assert error.code == "clock_wrong"
    signature = refused("invalid_grant", "Invalid JWT Signature.", date="Mon, 30 Nov 2026 15:00:00 GMT")
    assert signature.code == "key_refused"


@pytest.mark.parametrize(
    ("error", "description"),
    [
        ("invalid_grant", "Invalid grant: account not found"),
        ("invalid_grant", "Invalid JWT Signature."),
        ("disabled_client", "The OAuth client was disabled."),
        ("invalid_grant", "Account has been disabled"),
        ("unauthorized_client", ""),
        ("invalid_scope", "Invalid OAuth scope or ID token audience provided."),
    ],
)
def test_a_refused_key_is_told_with_the_services_words(error: str, description: str):
    found = refused(error, description)
    assert (found.code, found.retryable) == ("key_refused", False)
    assert (description or error) in str(found)
    assert ("Enable" if "disabled" in description else "Make a new key") in found.hint


@pytest.mark.parametrize(
    ("kind", "error", "description", "remedy"),
    [
        ("authorized_user", "invalid_grant", "Token has been expired or revoked.", "gcloud auth application-default"),
        ("authorized_user", "invalid_grant", "Bad Request", "gcloud auth application-default"),
        ("authorized_user", "invalid_rapt", "reauth related error", "gcloud auth application-default"),
        ("impersonated_service_account", "invalid_grant", "Bad Request", "gcloud auth application-default"),
        ("external_account", "invalid_target", "The target service indicated is invalid.", "workload identity pool"),
        ("external_account", "invalid_grant", "ID Token issued at 1 is stale to sign-in; expired", "workload identity"),
    ],
)
def test_the_remedy_is_that_of_the_kind_of_credentials(kind: Kind, error: str, description: str, remedy: str):
    found = refused(error, description, kind=kind)
    assert found.code == "key_refused"
    assert remedy in found.hint


def test_impersonation_that_is_not_allowed_names_the_role():
    body = {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "Permission 'x' denied on resource."}}
    found = told(403, body, kind="impersonated_service_account")
    assert "Permission 'x' denied" in str(found)
    assert "Service Account Token Creator" in found.hint


@pytest.mark.parametrize("status", [403, 404])
def test_a_machine_without_an_attached_account_is_told_so(status: int):
    found = told(status, "Not found", kind="metadata")
    assert (found.code, found.retryable) == ("key_refused", False)
    assert "Attach a service account" in found.hint


@pytest.mark.parametrize("status", [400, 401, 403, 404, 451])
def test_a_web_page_that_refuses_is_a_proxy_or_firewall(status: int):
    found = told(status, HTML)
    assert (found.code, found.retryable) == ("proxy_refused", False)
    assert HOST in found.hint


@pytest.mark.parametrize(
    ("detail", "retryable", "words"),
    [
        ("407 Proxy Authentication Required", False, "user name and password"),
        ("Username and password authentication failure", False, "user name and password"),
        ("403 Forbidden", False, "403 Forbidden"),
        ("Connection not allowed by ruleset", False, "ruleset"),
        ("502 Bad Gateway", True, "502"),
        ("503 Service Unavailable", True, "503"),
        ("Host unreachable", True, "Host unreachable"),
    ],
)
def test_a_proxy_that_does_not_let_through_is_told_by_its_name(detail: str, retryable: bool, words: str):
    found = failed("proxy", detail, proxy="http://proxy:3128 (HTTPS_PROXY)")
    assert (found.code, found.retryable) == ("proxy_refused", retryable)
    assert "http://proxy:3128 (HTTPS_PROXY)" in str(found)
    assert words in str(found)


def test_a_407_to_a_plain_request_is_the_proxys_too():
    found = explain(Attempt(HOST, "http://proxy:1", status=407, body=HTML), "", "service_account", NOW)
    assert found.code == "proxy_refused"
    assert "user name" in str(found)


@pytest.mark.parametrize(
    ("failure", "proxy", "code"),
    [
        ("timeout", "", "token_timeout"),
        ("timeout", "http://proxy:1", "token_timeout"),
        ("name", "", "token_unavailable"),
        ("connection", "", "token_unavailable"),
        ("connection", "http://proxy:1", "proxy_unreachable"),
    ],
)
def test_a_silence_on_the_way_is_tried_again(failure: Failure, proxy: str, code: str):
    found = failed(failure, proxy=proxy)
    assert (found.code, found.retryable) == (code, True)
    assert HOST in str(found)
    assert proxy in str(found)


@pytest.mark.parametrize(
    ("verify_code", "code", "words"),
    [(20, "certificate_untrusted", "S2S_CA_FILE"), (9, "clock_wrong", "date"), (10, "clock_wrong", "date")],
)
def test_a_certificate_that_is_refused_names_the_setting_or_the_clock(verify_code: int, code: str, words: str):
    found = failed("certificate", "unable to get local issuer certificate", verify_code=verify_code)
    assert (found.code, found.retryable) == (code, False)
    assert words in found.hint


def test_what_fails_before_any_request_is_told_in_google_auths_words():
    found = explain(None, "File '/var/run/token' was not found.", "external_account", NOW)
    assert "/var/run/token" in str(found)
    assert not found.retryable


def test_a_long_answer_is_cut_and_is_one_line():
    found = refused("invalid_grant", "account\nnot found " * 100)
    assert len(str(found)) < 320
    assert "\n" not in str(found)


def test_a_dial_that_a_proxy_refuses_for_now_says_nothing_of_tokens():
    trouble = explain_failure(Attempt(HOST, "http://proxy:1", failure="proxy", detail="502 Bad Gateway"))
    assert trouble is not None
    assert (
        trouble.hint
        == "Wait a minute, then start a new conversation. GET /health shows when the service can be reached."
    )


def test_a_dial_is_explained_where_a_setting_cures_it():
    assert explain_failure(Attempt(HOST, "http://proxy:1", failure="connection", detail="refused")) is not None
    assert explain_failure(Attempt(HOST, failure="certificate")) is not None
    assert explain_failure(Attempt(HOST, failure="connection", detail="reset")) is None
