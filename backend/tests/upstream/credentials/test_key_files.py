"""Key files of any wrong kind: each works, or is one sentence before anything is dialled."""

import json
from pathlib import Path

import pytest

from s2s.settings import Settings
from s2s.upstream.credentials.access_tokens import GoogleCredentials
from s2s.upstream.credentials.key_files import read_credentials_file, sensible_values
from s2s.upstream.network.outbound import Network
from s2s.upstream.refusals.token_errors import CredentialsError
from tests.calls.ways import PEM, service_account

NETWORK = Network(Settings())
KEY = service_account("https://oauth2.googleapis.com/token")
LOGIN = {"type": "authorized_user", "client_id": "c", "client_secret": "made-up-secret", "refresh_token": "1//made-up"}


def loaded(path: Path) -> GoogleCredentials:
    credentials = GoogleCredentials.from_key_file(path, NETWORK)
    credentials.close()
    return credentials


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[]", "list"),
        (b'"key"', "string"),
        (b"null", "null"),
        (b"17", "number"),
        (b"{}", "type"),
        (b'{"type": 3}', "type"),
        (b'{"type": "api_key"}', "api_key"),
        (b'{"installed": {"client_id": "x"}}', "OAuth client"),
        (b'{"web": {}}', "OAuth client"),
        (b'{"private_key": "x"}', "type"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "JSON"),
        (b"<html>Sign in</html>", "not JSON"),
        (PEM.encode(), "private key"),
        (b"AIzaSyMadeUp", "GEMINI_API_KEY"),
        (b"0" * 300_000, "too large"),
        (json.dumps({**KEY, "private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n"}).encode(), "damaged"),
        (json.dumps({**KEY, "private_key": 7}).encode(), "damaged"),
        (json.dumps({"type": "service_account"}).encode(), "damaged"),
        (json.dumps({"type": "authorized_user"}).encode(), "damaged"),
        (json.dumps({"type": "impersonated_service_account"}).encode(), "damaged"),
    ],
)
def test_a_file_that_is_no_key_is_one_sentence(tmp_path: Path, content: bytes, words: str):
    path = tmp_path / "service-account-key.json"
    path.write_bytes(content)
    with pytest.raises(CredentialsError) as refused:
        loaded(path)
    assert "service-account-key.json is not a " in str(refused.value)
    assert words in str(refused.value)
    assert refused.value.code == "key_unreadable"
    assert not refused.value.retryable
    assert "VERTEX_AI_SETUP.md" in refused.value.hint
    assert "\n" not in str(refused.value)


def test_a_folder_and_a_missing_file_name_the_setting(tmp_path: Path):
    with pytest.raises(CredentialsError, match="SERVICE_ACCOUNT_KEY_PATH names a folder"):
        loaded(tmp_path)
    with pytest.raises(CredentialsError, match="SERVICE_ACCOUNT_KEY_PATH names a file that does not exist"):
        loaded(tmp_path / "none.json")
    with pytest.raises(CredentialsError, match="GOOGLE_APPLICATION_CREDENTIALS names a file that does not exist"):
        GoogleCredentials.from_default(NETWORK, file=str(tmp_path / "none.json"))


def test_a_name_that_cannot_be_one_is_a_sentence_too():
    with pytest.raises(CredentialsError, match="cannot be read"):
        read_credentials_file(Path("a\0b"), "SERVICE_ACCOUNT_KEY_PATH")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_key_in_any_unicode_encoding_works(tmp_path: Path, encoding: str):
    path = tmp_path / "key.json"
    path.write_bytes(json.dumps(KEY).encode(encoding))
    assert loaded(path).project == "made-up-project"


def test_a_key_whose_line_ends_were_escaped_twice_works(tmp_path: Path):
    path = tmp_path / "key.json"
    path.write_text(json.dumps({**KEY, "private_key": PEM.replace("\n", "\\n")}))
    assert loaded(path).is_loaded


def test_a_login_file_as_key_path_works(tmp_path: Path):
    path = tmp_path / "application_default_credentials.json"
    path.write_text(json.dumps({**LOGIN, "quota_project_id": "paying-project"}))
    assert loaded(path).project == "paying-project"


def test_without_any_project_the_setting_is_named(tmp_path: Path):
    path = tmp_path / "key.json"
    path.write_text(json.dumps({name: value for name, value in KEY.items() if name != "project_id"}))
    credentials = loaded(path)
    assert credentials.project_or("from-the-settings") == "from-the-settings"
    with pytest.raises(CredentialsError) as refused:
        credentials.project_or("")
    assert "GCP_PROJECT_ID" in refused.value.hint


def test_what_must_not_be_printed_is_found_at_any_depth():
    found = sensible_values({**KEY, "source_credentials": LOGIN})
    assert {PEM, "made-up-secret", "1//made-up"} == set(found)
