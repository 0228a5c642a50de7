"""Paths and credentials: what the handshake accepts."""

import pytest

from gemini_emulator.protocol.setup import Backend
from gemini_emulator.server.handshake import Endpoint, Rejected, open_door
from gemini_emulator.settings import Settings

LIVE = "ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
CLOUD = "ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
FIREBASE = "ws/google.firebase.vertexai.v1beta.GenerativeService/BidiGenerateContent"
FIREBASE_CLOUD = "ws/google.firebase.vertexai.v1beta.LlmBidiService/BidiGenerateContent/locations/us-central1"
KEY = {"x-goog-api-key": "k"}


@pytest.mark.parametrize(
    ("target", "headers", "backend", "version"),
    [
        (f"/{LIVE}", KEY, Backend.DEVELOPER, "v1beta"),
        (f"//{LIVE}", KEY, Backend.DEVELOPER, "v1beta"),
        (f"/any/prefix/{LIVE}?key=k", {}, Backend.DEVELOPER, "v1beta"),
        (f"/{LIVE.replace('v1beta', 'v1')}?key=k", {}, Backend.DEVELOPER, "v1"),
        (f"/{LIVE.replace('v1beta', 'v1alpha')}Constrained?access_token=t", {}, Backend.DEVELOPER, "v1alpha"),
        (f"/{LIVE}Constrained", {"Authorization": "Token auth_tokens/t"}, Backend.DEVELOPER, "v1beta"),
        (f"//{CLOUD}", {"Authorization": "Bearer t"}, Backend.VERTEX, "v1beta1"),
        (f"/{CLOUD}", {"Authorization": "bearer t"}, Backend.VERTEX, "v1beta1"),
        (f"/{CLOUD}", KEY, Backend.VERTEX, "v1beta1"),
        (f"/{CLOUD.replace('v1beta1', 'v1')}", KEY, Backend.VERTEX, "v1"),
        (f"/{FIREBASE}?key=k", {}, Backend.DEVELOPER, "v1beta"),
        (f"/any/prefix/{FIREBASE}", KEY, Backend.DEVELOPER, "v1beta"),
        (f"/{FIREBASE_CLOUD}?key=k", {}, Backend.VERTEX, "v1beta"),
    ],
)
def test_every_documented_way_in_is_open(target: str, headers: dict[str, str], backend: Backend, version: str):
    assert open_door(target, headers, Settings()) == Endpoint(backend, version)


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/", KEY, 404),
        ("/ws/other", KEY, 404),
        (f"/{CLOUD.replace('v1beta1', 'v1alpha')}", KEY, 404),
        (f"/{FIREBASE_CLOUD.removesuffix('/locations/us-central1')}", KEY, 404),
        (f"/{FIREBASE}", {}, 403),
        (f"/{FIREBASE_CLOUD}", {}, 403),
        (f"/{LIVE}", {}, 403),
        (f"/{CLOUD}", {}, 401),
    ],
)
def test_others_are_refused_at_the_handshake(target: str, headers: dict[str, str], status: int):
    answer = open_door(target, headers, Settings())
    assert isinstance(answer, Rejected)
    assert answer.status == status


def test_a_wrong_key_is_let_in_and_shown_out():
    answer = open_door(f"/{LIVE}", KEY, Settings(require_key="other"))
    assert isinstance(answer, Endpoint)
    assert answer.refusal == (1007, "API key not valid. Please pass a valid API key.")
    assert open_door(f"/{LIVE}", KEY, Settings(require_key="k")) == Endpoint(Backend.DEVELOPER, "v1beta")


def test_a_token_that_this_server_made_goes_before_the_key():
    path = f"/{LIVE.replace('v1beta', 'v1alpha')}Constrained?access_token=auth_tokens/ours"
    settings = Settings(require_key="k")
    known = open_door(path, {}, settings, lambda name: name == "auth_tokens/ours")
    assert isinstance(known, Endpoint)
    assert (known.refusal, known.token) == (None, "auth_tokens/ours")
    unknown = open_door(path, {}, settings)
    assert isinstance(unknown, Endpoint)
    assert unknown.refusal is not None


@pytest.mark.parametrize("path", [FIREBASE, FIREBASE_CLOUD])
def test_firebase_shows_a_key_on_both_ways_and_a_wrong_one_is_shown_out(path: str):
    settings = Settings(require_key="k", require_bearer="a service account's")
    right, wrong = open_door(f"/{path}?key=k", {}, settings), open_door(f"/{path}?key=other", {}, settings)
    assert isinstance(right, Endpoint)
    assert isinstance(wrong, Endpoint)
    assert right.refusal is None
    assert wrong.refusal == (1007, "API key not valid. Please pass a valid API key.")
