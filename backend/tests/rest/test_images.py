"""Showing pictures over REST: what reaches the model, and what is refused in words."""

from dataclasses import replace
from pathlib import Path

import pytest

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.core.images import MAX_IMAGE_BYTES
from s2s.upstream.models.model_capabilities import PLAIN
from s2s.upstream.target import endpoints
from tests.page import open_page, running_gateway

JPEG = b"\xff\xd8\xff\xe0" + bytes(2_000)
HEADERS = {"Content-Type": "image/jpeg"}


async def test_a_picture_and_a_camera_reach_the_model_and_wrong_ones_are_refused_in_words(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        assert page.of(wire.Ready)[0].images
        url = f"/api/session/{page.session_id}/image"
        assert (await http.post(url, content=JPEG, headers=HEADERS)).status_code == 204
        assert (await http.post(f"{url}?source=camera", content=JPEG, headers=HEADERS)).status_code == 204
        await emulator.wait_for(lambda: emulator.seen[-1].received_kinds["video"] == 1)
        assert emulator.seen[-1].received_kinds["clientContent"] == 1
        png = await http.post(url, content=b"\x89PNG", headers=HEADERS)
        large = await http.post(url, content=JPEG + bytes(MAX_IMAGE_BYTES), headers=HEADERS)
        nobody = await http.post("/api/session/nobody/image", content=JPEG, headers=HEADERS)
        many = [await http.post(url, content=JPEG, headers=HEADERS) for _ in range(12)]
    assert [(png.status_code, png.json()["code"])] == [(422, "not_a_picture")]
    assert [(large.status_code, large.json()["code"])] == [(413, "picture_too_large")]
    assert nobody.status_code == 404
    assert many[-1].status_code == 429
    assert many[-1].json()["hint"]


async def test_a_model_that_sees_nothing_refuses_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # None of the voice models of today is blind.
    monkeypatch.setattr(endpoints, "capabilities", lambda *_: replace(PLAIN, images=False))
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        session = (await http.post("/api/session/create")).json()["session_id"]
        refused = await http.post(f"/api/session/{session}/image", content=JPEG, headers=HEADERS)
    assert refused.status_code == 409
    assert refused.json()["code"] == "pictures_not_taken"
