"""The operator reads the reports of a gateway without a shell on its machine; nobody else does."""

import gzip
from pathlib import Path

import pytest

from s2s.errors import ReportNotFound
from s2s.recording import replay
from s2s.recording.report_inbox import ReportInbox
from s2s.recording.report_store import ReportStore
from tests.access.roles import KEY, OPERATOR, STRANGER, answering_gateway

REPORTS = "/api/operator/reports"


async def test_the_operator_lists_reads_and_deletes_what_people_handed_in(tmp_path: Path):
    async with answering_gateway(tmp_path, S2S_OPERATOR_KEY=KEY) as (http, _):
        created = (await http.post("/api/session/create")).json()
        authorized = {"Authorization": f"Bearer {created['session_key']}"}
        url = f"/api/session/{created['session_id']}/report"
        notes = [{"consent": True, "note": note} for note in ("first", "second")]
        names = [(await http.post(url, json=note, headers=authorized)).json()["name"] for note in notes]
        for headers in ({}, OPERATOR):
            listed = (await http.get(REPORTS, headers=headers)).json()["reports"]
            assert [entry["name"] for entry in listed] == names[::-1]
        assert not any(entry["was_read"] for entry in listed)
        read = await http.get(f"{REPORTS}/{names[0]}", headers=OPERATOR)
        assert read.headers["content-type"] == "application/gzip"
        assert replay.replay(read.content).note == "first"
        assert b'"first"' in gzip.decompress(read.content)
        listed = (await http.get(REPORTS, headers=OPERATOR)).json()["reports"]
        assert [entry["was_read"] for entry in listed] == [False, True]
        assert (await http.delete(f"{REPORTS}/{names[0]}", headers=OPERATOR)).status_code == 204
        gone = await http.get(f"{REPORTS}/{names[0]}", headers=OPERATOR)
        assert (gone.status_code, gone.json()["code"]) == (404, "report_not_found")
        assert (await http.delete(f"{REPORTS}/{names[0]}", headers=OPERATOR)).status_code == 404


async def test_nobody_but_the_operator_sees_that_there_are_reports(tmp_path: Path):
    async with answering_gateway(tmp_path, S2S_OPERATOR_KEY=KEY) as (http, gateway):
        name = ReportStore(gateway.settings.report_dir, 1_000_000).save(b"x", "local")
        for method, url in (("GET", REPORTS), ("GET", f"{REPORTS}/{name}"), ("DELETE", f"{REPORTS}/{name}")):
            assert (await http.request(method, url, headers=STRANGER)).status_code in (401, 403)
        assert (gateway.settings.report_dir / name).exists()


async def test_before_the_first_report_the_list_is_empty(tmp_path: Path):
    async with answering_gateway(tmp_path) as (http, _):
        assert (await http.get(REPORTS)).json() == {"reports": []}


@pytest.mark.parametrize(
    "name",
    ["", "..", "report-x", "../usage.sqlite", "report-/../../x.s2s.gz", ".senders", "report-x.s2s.gz.read", "a\0b"],
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str):
    (folder := tmp_path / "reports").mkdir()
    (tmp_path / "x.s2s.gz").write_bytes(b"")
    inbox = ReportInbox(folder)
    with pytest.raises(ReportNotFound):
        inbox.read(name)
    with pytest.raises(ReportNotFound):
        inbox.delete(name)
