"""Several gateway processes behind one address: whose a session is, who has room, what is told about all of them."""

import re
from pathlib import Path
from typing import Any

import pytest

from s2s.cluster.health_merge import merge_health
from s2s.cluster.routing import ProxyError, nginx_config, worker_prefix, worker_share
from s2s.cluster.shared_counters import SharedCounters
from s2s.settings import Settings, SettingsError


def process_of(path: str, config: str) -> str:
    """What nginx's `map $uri` says: the first regular expression that fits, else the default."""
    (table,) = re.findall(r"map \$uri \$process \{(.*?)\n    \}", config, flags=re.DOTALL)
    rules = re.findall(r'^\s*"~([^"]+)" (\w+);$', table, flags=re.MULTILINE)
    (default,) = re.findall(r"^\s*default (\w+);$", table, flags=re.MULTILINE)
    return next((process for rule, process in rules if re.search(rule, path)), default)


@pytest.mark.parametrize("workers", [1, 2, 12])
def test_every_request_of_a_session_goes_to_the_process_that_made_it(workers: int):
    config = nginx_config(8000, range(9001, 9001 + workers))
    for worker in range(1, workers + 1):
        session = f"/api/session/{worker_prefix(worker)}{'a' * 32}"
        for path in ("", "/offer", "/ice", "/interrupt", "/image", "/report", "/ws"):
            assert process_of(session + path, config) == f"worker_{worker}"
        (group,) = re.findall(rf"upstream worker_{worker} \{{(.*?)\}}", config, flags=re.DOTALL)
        servers = re.findall(r"server 127\.0\.0\.1:(\d+) (.*);", group)
        assert servers[0] == (str(9000 + worker), "max_fails=0")
        assert all(manner == "backup" for _, manner in servers[1:]), "others only while it is away"
        assert len(servers) == workers


def test_what_belongs_to_no_process_may_go_to_any_and_what_one_keeps_goes_there():
    config = nginx_config(8000, [9001, 9002])
    for path in ("/", "/health", "/app/", "/api/session/create", "/api/session/7-abc/offer", "/api/session/abc"):
        assert process_of(path, config) == "anyone"
    assert process_of("/api/voices/Puck/sample", config) == "worker_1"
    assert process_of("/api/probe/offer", config) == "worker_1"
    assert config.count("{") == config.count("}")
    assert "listen 127.0.0.1:8000;" in config


def test_only_trusted_proxies_may_say_who_calls():
    assert "set_real_ip_from 10.0.0.0/8;\n    set_real_ip_from 2001:db8::1/128;" in nginx_config(
        8000, [1], trusted="10.0.0.0/8, 2001:db8::1"
    )
    assert "set_real_ip_from 0.0.0.0/0;\n    set_real_ip_from ::/0;" in nginx_config(8000, [1], trusted="*")
    assert "$proxy_add_x_forwarded_for" not in nginx_config(8000, [1]), "a caller's own word is not passed on"
    with pytest.raises(ProxyError, match="FORWARDED_ALLOW_IPS"):
        nginx_config(8000, [1], trusted="127.0.0.1; include /etc/passwd")


@pytest.mark.parametrize(("most", "workers"), [(100, 1), (100, 3), (7, 4), (2, 3)])
def test_the_shares_are_even_and_together_all_there_is(most: int, workers: int):
    shares = [worker_share(most, worker, workers) for worker in range(1, workers + 1)]
    assert sum(shares) == most
    assert max(shares) - min(shares) <= 1


def test_a_process_that_does_not_know_the_others_is_a_wrong_setting():
    with pytest.raises(SettingsError, match="S2S_WORKER_URLS"):
        Settings.from_env({"S2S_WORKER": "3", "S2S_WORKER_URLS": "http://a, http://b", "S2S_WORKER_DIR": "d"})
    with pytest.raises(SettingsError, match="S2S_WORKER_DIR"):
        Settings.from_env({"S2S_WORKER": "1", "S2S_WORKER_URLS": "http://a"})


def test_an_address_has_one_share_and_one_pace_over_all_processes(tmp_path: Path):
    first, second = SharedCounters(tmp_path, 1), SharedCounters(tmp_path, 2)
    assert [first.delay_s("a", 3, 0.0), second.delay_s("a", 3, 0.0), first.delay_s("a", 3, 0.0)] == [
        0.0,
        0.0,
        0.0,
    ]
    assert second.delay_s("a", 3, 0.0) == pytest.approx(20.0)
    assert second.delay_s("b", 3, 0.0) == 0.0
    assert first.delay_s("a", 3, 20.0) == 0.0
    assert first.add_session("1-x", "a", 2)
    assert second.add_session("2-x", "a", 2)
    assert not first.add_session("1-y", "a", 2)
    assert first.add_session("1-y", "", 2), "who is unknown has no share"
    assert second.count_sessions() == 3
    second.remove_session("2-x")
    assert first.add_session("1-z", "a", 2)
    first.close()
    second.close()


def test_a_process_that_was_started_again_forgets_the_calls_that_it_lost(tmp_path: Path):
    lost, other = SharedCounters(tmp_path, 1), SharedCounters(tmp_path, 2)
    assert lost.add_session("1-x", "a", 1)
    assert other.add_session("2-x", "b", 1)
    lost.close()
    again = SharedCounters(tmp_path, 1)
    assert again.count_sessions() == 1
    assert other.add_session("2-y", "a", 1)
    again.close()
    other.close()


def test_no_call_is_refused_because_the_shared_counts_are_broken(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    commons = SharedCounters(tmp_path, 1)
    (tmp_path / "counts.sqlite").write_bytes(b"no database" * 1000)
    assert commons.add_session("1-x", "a", 1)
    assert commons.delay_s("a", 1, 0.0) == 0.0
    assert commons.count_sessions() == 0
    commons.close()
    assert {vars(record)["code"] for record in caplog.records} == {"shared_counts"}


def report(**changed: Any) -> dict[str, Any]:
    """What one process tells of itself."""
    whole: dict[str, Any] = {
        "status": "ok", "version": "1", "uptime_s": 5.0, "shutdown_s": 20.0, "tasks": 3,
        "sessions": {"active": 2, "max": 50, "created": 4, "refused": 1},
        "refused": {"too_many_requests": 1}, "events": {"notice.a": 1}, "incidents": {},
        "breaker": {"state": "closed", "why": "", "retry_after_s": 0, "opened": 0},
        "usage_today": {"tokens": 10, "usd": 0.1}, "limits": {},
        "upstream": {
            "backend": "emulator",
            "reachable": True,
            "unreachable": "",
            "credentials": {"state": "ok", "message": ""},
            "open_sockets": 2,
            "last_failure": "",
            "fault": "",
            "replaced_model": "",
        },
        "latency": {"turns": 1, "first_heard": {"p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 3.0}},
        "errors_last_hour": 1, "engine": None,
    }  # fmt: skip
    return whole | changed


def test_one_report_tells_of_all_processes_and_which_one_is_away():
    slow = {"turns": 2, "first_heard": {"p50_ms": 9.0, "p95_ms": 9.0, "p99_ms": 9.0}}
    able, told = merge_health({1: report(), 2: None, 3: report(uptime_s=9.0, latency=slow)})
    assert able
    assert told["status"] == "ok"
    assert told["sessions"] == {"active": 4, "max": 100, "created": 8, "refused": 2}
    assert told["latency"] == {**slow, "turns": 3}
    assert told["uptime_s"] == 9.0
    assert told["usage_today"]["tokens"] == 10
    assert told["events"] == {"notice.a": 2}
    assert [(part["worker"], part["status"]) for part in told["workers"]] == [(1, "ok"), (2, "away"), (3, "ok")]


def test_health_is_ok_while_one_process_takes_calls_and_a_refused_call_counts_once():
    full = {"status": "unavailable", "refused": {"too_many_sessions": 2}}
    open_breaker = {"state": "open", "why": "down", "retry_after_s": 7, "opened": 1}
    able, told = merge_health({1: report(**full, breaker=open_breaker), 2: report(refused={"too_many_sessions": 2})})
    assert able
    assert told["breaker"] == {"state": "closed", "why": "", "retry_after_s": 0, "opened": 1}
    assert told["sessions"]["refused"] == 2
    able, told = merge_health({1: report(**full), 2: report(**full)})
    assert not able
    assert told["status"] == "unavailable"
    assert merge_health({1: report(status="stopping"), 2: None})[1]["status"] == "stopping"


def test_the_worst_that_any_process_says_of_its_credentials_is_told():
    sound = report()["upstream"]
    ill = {**sound, "reachable": False, "unreachable": "no", "credentials": {"state": "failed", "message": "why"}}
    _, told = merge_health({1: report(), 2: report(upstream=ill)})
    assert told["upstream"]["credentials"] == {"state": "failed", "message": "why"}
    assert (told["upstream"]["reachable"], told["upstream"]["unreachable"]) == (True, "")
    _, told = merge_health({1: report(upstream=ill), 2: report(upstream=ill)})
    assert told["upstream"]["unreachable"] == "no"
