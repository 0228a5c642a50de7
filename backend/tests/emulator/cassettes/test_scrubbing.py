"""No secret gets into a cassette, and everything reaches the service."""

import base64
import json
import re
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection

from gemini_emulator.cassettes.format import load
from gemini_emulator.cassettes.scrubbing import Scrubber
from gemini_emulator.testing import DEVELOPER_PATH
from tests.emulator.taping import KEY, PCM, dial, recording, send, service

# --- no secret is written --------------------------------------------------------------------------

SECRETS = {
    "an API key": KEY,
    "a new API key": "AQ.Ab8RN6KdPqz-secretsecret_4711",
    "an OAuth token": "ya29.a0AfH6SMBx-verysecret.part_two",
    "a refresh token": "1//0gQe-thisRefreshesForever12345",
    "a JWT": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLW9mLW1pbmU",
    "an ephemeral token": "b7f6e5d4c3b2a1",
    "a handle": "CihIYW5kbGVPZk15U2Vzc2lvbg==",
    "a session": "3f823cb9-f916-4c6e-9f60-secretsession",
    "a project": "my-secret-project-4711",
    "a project number": "918273645546",
    "a service account": "robot@my-other-project.iam.gserviceaccount.com",
    "a private key": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n",
    "a key of another company": "sk-proj-abcdefghijklmnop1234",
    "a GitHub token": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "a password": "hunter2-or-worse",
    "a PIN": "987654",
    "a cookie": "SID=cookie-of-mine-0123456789",
    "something in the environment": "from-the-environment-0815",
}


CLIENT_WORDS: list[dict[str, Any]] = [
    {"setup": {
        "model": f"projects/{SECRETS['a project']}/locations/us-central1/publishers/google/models/m",
        "session_resumption": {"handle": SECRETS["a handle"]},
        "systemInstruction": {"parts": [{"text": f"Use {SECRETS['a key of another company']} for the other service. "
                                                 f"{SECRETS['a private key']} mail {SECRETS['a service account']}"}]},
        "labels": {"owner": SECRETS["something in the environment"]},
        "tools": [{"functionDeclarations": [{"name": "login", "parameters": {
            "type": "OBJECT", "properties": {"password": {"type": "STRING"}, "pin": {"type": "INTEGER"}}}}]}],
    }},
    {"realtimeInput": {"text": f"'Authorization: Bearer {SECRETS['an OAuth token']}' ?key={SECRETS['a new API key']}"}},
    {"tool_response": {"function_responses": [{"name": "login", "response": {
        "github": SECRETS["a GitHub token"], "credentials": {"user": SECRETS["a cookie"]}, "jwt": SECRETS["a JWT"],
        "refresh": [SECRETS["a refresh token"]]}}]}},
    {"clientContent": {"turns": [{"parts": [
        {"inlineData": {"mimeType": "text/plain", "data": base64.b64encode(KEY.encode()).decode()}},
        {"fileData": {"fileUri": f"gs://bucket-of-{SECRETS['a project']}/x"}}]}]}},
]  # fmt: skip


SERVER_WORDS: list[dict[str, Any]] = [
    {"setupComplete": {"sessionId": SECRETS["a session"]}},
    {"sessionResumptionUpdate": {"newHandle": SECRETS["a handle"], "resumable": True}},
    {"toolCall": {"functionCalls": [{"id": "1", "name": "login", "args": {
        "password": SECRETS["a password"], "pin": int(SECRETS["a PIN"])}}]}},
    {"serverContent": {"outputTranscription": {"text": f"Your key is {KEY} and the handle {SECRETS['a handle']}"}}},
]  # fmt: skip


REASON = f"Generative Language API has not been used in project {SECRETS['a project number']}, key {KEY}"


async def test_no_secret_gets_into_the_cassette_and_everything_reaches_the_service(tmp_path: Path):
    received: list[Any] = []

    async def talk(upstream: ServerConnection) -> None:
        for answer in SERVER_WORDS:
            received.append(json.loads(await upstream.recv()))
            await upstream.send(json.dumps(answer).encode())
        await upstream.close(1008, REASON[:120])

    headers = {
        "x_goog_api_key": KEY,
        "Authorization": f"Token auth_tokens/{SECRETS['an ephemeral token']}",
        "x_goog_user_project": SECRETS["a project"],
        "Cookie": SECRETS["a cookie"],
        "Sec_WebSocket_Protocol": "token, in-a-subprotocol-0123456789",
        "User_Agent": f"somebody {SECRETS['something in the environment']}",
    }
    path = tmp_path / "c.jsonl"
    environment = {"MY_TOKEN": SECRETS["something in the environment"]}
    target = f"{DEVELOPER_PATH}?access_token=auth_tokens%2F{SECRETS['an ephemeral token']}&key={KEY}"
    async with service(talk) as (url, _), recording(url, path, **environment) as (proxy, _):
        client = await dial(proxy, target, **headers)
        for word, answer in zip(CLIENT_WORDS, SERVER_WORDS, strict=True):
            await send(client, word)
            assert json.loads(await client.recv()) == answer
        await client.wait_closed()
        assert client.close_reason == REASON[:120]
    assert received == CLIENT_WORDS
    text = path.read_text()
    written = json.dumps([json.loads(line) for line in text.splitlines()], ensure_ascii=False)
    leaks = {what for what, secret in SECRETS.items() if secret in written or secret.strip() in text}
    assert not leaks
    assert base64.b64encode(KEY.encode()).decode() not in text
    assert not re.search(r"AIza|ya29|BEGIN PRIVATE|gserviceaccount|ghp_|sk-proj|9182736|4711|in-a-subprotocol", text)
    setup = load(path).entries[1].value["setup"]
    handle = setup["session_resumption"]["handle"]
    assert load(path).entries[4].value["sessionResumptionUpdate"]["newHandle"] == handle == "scrubbed-handle-1"
    assert setup["tools"][0]["functionDeclarations"][0]["parameters"]["properties"]["password"] == {"type": "STRING"}


@settings(deadline=None, max_examples=60)
@given(st.text("abcdefgh0123-_./+=", min_size=20, max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_a_value_that_was_once_a_credential_is_never_written_again(secret: str, before: str, after: str):
    scrubber = Scrubber()
    scrubber.headers([("x-goog-api-key", secret)])
    said = scrubber.message({"a": [before + secret + after, {before + secret: secret + after}]})
    assert secret.strip() not in json.dumps(said, ensure_ascii=False)


def test_a_key_that_a_close_reason_cuts_in_two_is_still_taken_out():
    scrubber = Scrubber()
    scrubber.headers([("authorization", "Bearer abcdefghijklmnopqrstuvwxyz")])
    assert scrubber.text("Bad credential abcdefghijklm") == "Bad credential scrubbed-token-1"


def test_a_project_number_is_taken_out_as_a_number_too():
    scrubber = Scrubber()
    assert scrubber.text("not used in project 918273645546 before") == "not used in project scrubbed-project-1 before"
    assert scrubber.message({"number": 918273645546, "other": 21}) == {"number": "scrubbed-project-1", "other": 21}


def test_the_same_secret_has_the_same_placeholder_and_another_one_another():
    scrubber = Scrubber()
    one = scrubber.message({"newHandle": "first-handle"})
    two = scrubber.message({"newHandle": "second-handle"})
    again = scrubber.message({"sessionResumption": {"handle": "first-handle"}})
    assert (one["newHandle"], two["newHandle"]) == ("scrubbed-handle-1", "scrubbed-handle-2")
    assert again["sessionResumption"]["handle"] == "scrubbed-handle-1"
    assert scrubber.message(again) == again


def test_sound_is_kept_to_the_byte_or_cut_to_its_length_and_ordinary_words_stay():
    audio = {"mimeType": PCM, "data": "AIza" + "A" * 60}
    words = {"text": "The weather in Paris, please: 21 degrees, project plan, token of love."}
    assert Scrubber(keep_blobs=True).message([audio, words]) == [audio, words]
    assert Scrubber(keep_blobs=False).message(audio) == {"mimeType": PCM, "data": {"bytes": 48}}
    # A plain file in a blob could hold anything, and nobody would see it in base64.
    plain = {"mimeType": "text/plain", "data": "QUl6YQ=="}
    assert Scrubber(keep_blobs=True).message(plain) == {"mimeType": "text/plain", "data": {"bytes": 4}}
