"""POST /api/forget: what was kept of one's own calls is deleted, nobody else's is, and what stays is said."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from s2s.access.grant_claims import GrantClaims
from s2s.access.key_store import KeyStore
from s2s.gateway import Gateway
from s2s.recording.retention import Retention
from tests.access.roles import STRANGER, bearer
from tests.page import running_gateway

NOBODY = "ws://127.0.0.1:9"
CONSENT = {"consent": True}


async def a_call(http: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, str]:
    """A call that has begun: its name and secret."""
    created = (await http.post("/api/session/create", headers=headers, json={})).json()
    return {"session_id": created["session_id"], "session_key": created["session_key"]}


async def reported(http: httpx.AsyncClient, call: dict[str, str]) -> str:
    """The name of a saved report of the call."""
    headers = {**STRANGER, **bearer(call["session_key"])}
    answer = await http.post(f"/api/session/{call['session_id']}/report", headers=headers, json=CONSENT)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["name"])


async def forget(http: httpx.AsyncClient, *calls: dict[str, str], **headers: str) -> dict[str, Any]:
    answer = await http.post("/api/forget", headers={**STRANGER, **headers}, json={"calls": list(calls)})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def reports(gateway: Gateway) -> set[str]:
    return {path.name for path in gateway.settings.report_dir.glob("report-*")}


async def test_the_key_of_a_call_deletes_its_reports_and_no_others(tmp_path: Path):
    async with running_gateway(tmp_path, NOBODY) as (http, gateway):
        mine, yours = await a_call(http, STRANGER), await a_call(http, STRANGER)
        first, other = await reported(http, mine), await reported(http, yours)
        second = await reported(http, mine)
        stolen = {"session_id": yours["session_id"], "session_key": mine["session_key"][::-1]}
        nothing = await forget(http, stolen)
        before = reports(gateway)
        answer = await forget(http, mine)
        after = reports(gateway)
        again = await forget(http, mine)
    assert nothing["reports"] == nothing["recordings"] == 0
    assert before == {first, second, other}
    assert (answer["reports"], answer["recordings"]) == (2, 1)
    assert after == {other}
    assert again["reports"] == again["recordings"] == 0


async def test_a_running_call_is_not_recorded_any_more_and_goes_on(tmp_path: Path):
    async with running_gateway(tmp_path, NOBODY) as (http, gateway):
        call = await a_call(http, STRANGER)
        await forget(http, call)
        url, headers = f"/api/session/{call['session_id']}", {**STRANGER, **bearer(call["session_key"])}
        refused = await http.post(f"{url}/report", headers=headers, json=CONSENT)
        alive = len(gateway.sessions.all_sessions())
        await http.delete(url, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_recorded")
    assert alive == 1


async def test_a_recording_that_is_kept_after_the_call_is_dropped(tmp_path: Path):
    async with running_gateway(tmp_path, NOBODY) as (http, _):
        call = await a_call(http, STRANGER)
        url, headers = f"/api/session/{call['session_id']}", {**STRANGER, **bearer(call["session_key"])}
        await http.delete(url, headers=headers)
        answer = await forget(http, call)
        late = await http.post(f"{url}/report", headers=headers, json=CONSENT)
    assert (answer["reports"], answer["recordings"]) == (0, 1)
    assert late.status_code == 404


async def test_an_identity_deletes_all_of_its_own_from_another_device(tmp_path: Path):
    store = KeyStore(tmp_path / "auth-keys.json")
    anna, _ = store.add("anna", "caller", GrantClaims())
    ben, _ = store.add("ben", "caller", GrantClaims())
    async with running_gateway(tmp_path, NOBODY, S2S_AUTH="key") as (http, gateway):
        of_anna = await a_call(http, {**STRANGER, **bearer(anna)})
        of_ben = await a_call(http, {**STRANGER, **bearer(ben)})
        await reported(http, of_anna)
        kept = await reported(http, of_ben)
        anonymous = await forget(http)
        answer = await forget(http, **bearer(anna))
        left = reports(gateway)
        still = gateway.sessions.recording(of_ben["session_id"])
    assert anonymous["reports"] == anonymous["recordings"] == 0
    assert (answer["reports"], answer["recordings"]) == (1, 1)
    assert left == {kept}
    assert still is not None


async def test_reports_of_earlier_versions_stay_and_that_is_said(tmp_path: Path):
    async with running_gateway(tmp_path, NOBODY) as (http, gateway):
        call = await a_call(http, STRANGER)
        await reported(http, call)
        old = gateway.settings.report_dir / "report-20260101T000000Z-0123abcd.s2s.gz"
        old.write_bytes(b"of an earlier version")
        answer = await forget(http, call)
        left = reports(gateway)
    assert left == {old.name}
    assert any("earlier version" in sentence for sentence in answer["stays"])
    assert any("logs" in sentence and "30 days" in sentence for sentence in answer["stays"])


async def test_requests_to_forget_are_bounded_in_size_and_number(tmp_path: Path):
    call = {"session_id": "1" * 32, "session_key": "k" * 43}
    async with running_gateway(tmp_path, NOBODY) as (http, _):
        wrong = [
            (await http.post("/api/forget", headers=STRANGER, json=body)).status_code
            for body in ({"calls": [call] * 101}, {"calls": [{**call, "session_key": "k" * 129}]}, {"calls": [{}]})
        ]
        codes = [(await http.post("/api/forget", headers=STRANGER, json={})).status_code for _ in range(11)]
    assert wrong == [422] * 3
    assert codes == [200] * 10 + [429]


async def test_a_report_that_cannot_be_deleted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with running_gateway(tmp_path, NOBODY) as (http, _):
        call = await a_call(http, STRANGER)
        await reported(http, call)

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError

        monkeypatch.setattr(Path, "unlink", refuse)
        answer = await http.post("/api/forget", headers=STRANGER, json={"calls": [call]})
        monkeypatch.undo()
    assert (answer.status_code, answer.json()["code"]) == (503, "not_deleted")


async def test_the_operator_drops_the_recordings_of_a_call_and_others_are_refused(tmp_path: Path):
    async with running_gateway(tmp_path, NOBODY) as (http, gateway):
        call = await a_call(http, STRANGER)
        body = {"calls": [call]}
        refused = await http.post("/api/operator/forget", headers=STRANGER, json=body)
        answers = [(await http.post("/api/operator/forget", json=body)).json() for _ in range(2)]
        recording = gateway.sessions.recording(call["session_id"])
    assert refused.status_code == 403
    assert answers == [{"recordings": 1, "all_answered": True}, {"recordings": 0, "all_answered": True}]
    assert recording is None


def test_what_stays_is_said_as_the_settings_say():
    retention = Retention(log_days=0, has_transcripts=False, usage_days=62, recording_s=300)
    logs, sums, recordings = retention.what_stays(has_unowned=False, all_answered=False)
    assert "without what was said" in logs
    assert "until newer entries take their place" in logs
    assert "62 days" in sums
    assert "5 minutes" in recordings
