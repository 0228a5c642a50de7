"""Composition root: builds everything that a running gateway owns from the settings; started and stopped by the app."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from gemini_live_client import EngineMissing, GeminiLiveClient, GeminiService
from s2s import __version__, folder_checks, logs, wire
from s2s.access.access_control import AccessControl
from s2s.access.caller import Caller
from s2s.access.secret_file import read_or_make_secret
from s2s.cluster.peers import PeerWorkers
from s2s.cluster.routing import worker_share
from s2s.cluster.shared_counters import SharedCounters
from s2s.errors import (
    NotDeleted,
    NotRecorded,
    PaidCallsOff,
    RateLimited,
    ReportStorageFailed,
    SwitchNotSaved,
    UpstreamNotReady,
    UpstreamRefused,
)
from s2s.limits.budget import FILE, Budget
from s2s.limits.descriptors import TransportBudget, needed_limit, plan_descriptors
from s2s.limits.paid_calls import PAID_CALLS_OFF_NOTICE, PaidCallSwitch
from s2s.limits.rate_limit import FORGET_REQUESTS, REPORTS_OF_ADDRESS, REPORTS_OF_CALL, PerKeyRateLimiter
from s2s.limits.session_limits import SessionLimits
from s2s.limits.usage import Price, Usage
from s2s.limits.usage_journal import KEEP_DAYS
from s2s.logs import LOGGER, ErrorLine, ErrorRing
from s2s.recording.recorder import Recorder
from s2s.recording.replay import recording_head
from s2s.recording.report_store import ReportStore
from s2s.recording.retention import Retention
from s2s.session.caller_limits import LimitSettings
from s2s.session.kept_recordings import KEEP_RECORDING_S
from s2s.session.manager import ELSEWHERE, AdmissionLimits, SessionManager
from s2s.session.session import MAX_PENDING_BROWSERS
from s2s.session.session_keys import hash_of_key
from s2s.session.voice_samples import VoiceSamples
from s2s.settings import Settings
from s2s.startup import engine_environment, price_for, raise_descriptor_limit
from s2s.tools.registry import ToolRegistry
from s2s.transport.aiortc_patches import version_warnings
from s2s.transport.ice_gathering import GATHERING_TIMEOUT_S, address_warnings, ice_options
from s2s.transport.stun_check import explain_silence, stun_url
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.connection.emulator_process import EmulatorProcess, EngineState
from s2s.upstream.credentials.access_tokens import CredentialsError, GoogleCredentials, credentials_for
from s2s.upstream.models.model_candidates import Candidates
from s2s.upstream.network.outbound import Network
from s2s.upstream.network.reachability import Reachability
from s2s.upstream.target.endpoints import UpstreamTarget, choose_target, current_warnings

ENGINE_MISSING_NOTICE = wire.Notice(
    level="error",
    code="engine_missing",
    message="The local engine can’t start.",
    hint="Tell whoever runs this server: its log says what is missing.",
)
PEER_KEY_FILE = "peer.key"
"""In the folder that several gateway processes share: by which they recognize each other."""
FIRST_TOKEN_TIMEOUT_S = 3.0
"""How long GET /health waits for the first access token, so that it can report the result."""

EXPIRY_INTERVAL_S = 3_600.0
"""How often log files are checked for their age."""


class Gateway:
    """One gateway process: settings, upstream, sessions, local engine and logs."""

    def __init__(self, settings: Settings, tools: ToolRegistry, network: Network | None = None) -> None:
        self.settings = settings
        self.tools = tools
        tools.result_chars = settings.s2s_tool_result_chars
        self.today: Callable[[], date] = lambda: datetime.now(UTC).date()
        """Today's date in UTC, for retirement dates of models; replaced in tests."""
        self.started_at = time.monotonic()
        logs.register_secrets(*settings.secrets)
        self.errors: ErrorRing = logs.start(
            settings.journal_dir,
            settings.s2s_log_level,
            as_json=settings.s2s_log_format == "json",
            transcripts=settings.s2s_log_transcripts,
            keep_days=settings.s2s_log_days,
        )
        self.ice = ice_options(settings)
        """How peer connections are made."""
        self.choice: UpstreamTarget = choose_target(settings)
        is_paid = self.choice.backend != "emulator"
        limits, self.transports, shortage = divide_descriptors(
            admission_limits(settings, is_paid=is_paid), raise_descriptor_limit()
        )
        doubts = (
            *folder_checks.doubtful(settings),
            *tools.doubts,
            *version_warnings(),
            *address_warnings(self.ice),
            *shortage,
        )
        self.network = network or Network(settings)
        peer_key = read_or_make_secret(Path(settings.s2s_worker_dir) / PEER_KEY_FILE) if settings.s2s_worker else ""
        self.access = AccessControl(settings, self.network, is_paid=is_paid, peer_key=peer_key)
        self.paid_calls = PaidCallSwitch(settings.log_dir)
        self.setting_warnings = (*settings.warnings, *self.access.warnings, *doubts)
        self.fault = self.choice.fault
        """Why calls cannot be accepted; empty if they can."""
        self.engine: EmulatorProcess | None = None
        self.credentials = self._google_credentials()
        self.upstream = GeminiService(self.choice, self.credentials, self._locator(), self.network)
        self.upstream.on_replaced = self._on_model_replaced
        self._prices: dict[str, Price | None] = {}
        self._reachability = Reachability(self.choice.base_url, self.network, direct=self.choice.backend == "emulator")
        self._fetching: asyncio.Task[None] | None = None
        self.peers: PeerWorkers | None = None
        self._shared_counters: SharedCounters | None = None
        if settings.s2s_worker:
            self.peers = PeerWorkers(settings.s2s_worker, settings.s2s_worker_urls, peer_key)
            folder = Path(settings.s2s_worker_dir)
            self._shared_counters = SharedCounters(folder, settings.s2s_worker)
        self.sessions = SessionManager(
            self.choice,
            lambda config, feed: GeminiLiveClient(self.upstream, config, feed),
            tools,
            limits,
            Budget(settings.log_dir / FILE, worker=settings.s2s_worker, check_paid_calls=self._check_paid_calls),
            find_price=self._find_price,
            record=self._recorder,
            playout_lead_ms=settings.s2s_playout_lead_ms,
            expires_s=settings.s2s_session_expires_s,
            worker=settings.s2s_worker,
            shared_counters=self._shared_counters,
        )
        self.voices = VoiceSamples(
            lambda config, feed: GeminiLiveClient(self.upstream, config, feed),
            self.sessions.budget,
            self.sessions.limits.callers,
            self._candidates,
            self._find_price,
            one_voice=self.choice.backend == "emulator",
        )
        self._asking_stun: asyncio.Task[None] | None = None
        self._expiring: asyncio.Task[None] | None = None
        self._reports = ReportStore(settings.report_dir, int(settings.s2s_reports_mb * 1_000_000))
        self._forget_rate = PerKeyRateLimiter(FORGET_REQUESTS)
        self._report_rates = PerKeyRateLimiter(REPORTS_OF_CALL), PerKeyRateLimiter(REPORTS_OF_ADDRESS)

    async def start(self) -> None:
        """Log the upstream target and warnings; start background tasks and, if it is the target, the local engine."""
        LOGGER.info("s2s %s, talking to: %s", __version__, self.choice.talking_to)
        for warning in (*self.setting_warnings, *current_warnings(self.choice, self.today())):
            LOGGER.warning("%s", warning, extra={"code": "settings"})
        if self.fault:
            LOGGER.error("%s", self.fault, extra={"code": "settings"})
        await self.sessions.budget.start()
        if (url := stun_url(self.settings.s2s_ice_servers)) is not None:
            self._asking_stun = asyncio.create_task(self._ask_stun(url), name="STUN server")
        self._expiring = asyncio.create_task(self._delete_expired(), name="expired logs")
        if self.engine is not None:
            self.engine.start()
        if self.credentials is not None:
            self._fetching = asyncio.create_task(self.credentials.keep_fresh(), name="access tokens")

    async def _ask_stun(self, url: str) -> None:
        if silence := await explain_silence(url):
            warning = f"S2S_ICE_SERVERS: {silence}; a call may wait up to {GATHERING_TIMEOUT_S:g} s for it."
            self.setting_warnings = (*self.setting_warnings, warning)
            LOGGER.warning("%s", warning, extra={"code": "settings"})

    async def _delete_expired(self) -> None:
        while True:
            await asyncio.to_thread(logs.delete_expired, time.time())
            await asyncio.sleep(EXPIRY_INTERVAL_S)

    async def drain(self) -> None:
        """Refuse new calls and wait until the running ones have ended, for at most S2S_SHUTDOWN_S."""
        await self.sessions.drain(self.settings.s2s_shutdown_s)

    async def stop(self) -> None:
        """End all sessions, stop the local engine's process and close the logs."""
        for task in (self._asking_stun, self._expiring):
            if task is not None:
                task.cancel()
        await self.voices.close()
        await self.sessions.close_all()
        if self._fetching is not None:
            self._fetching.cancel()
        if self.credentials is not None:
            self.credentials.close()
        if self.engine is not None:
            await self.engine.stop()
        if self.peers is not None:
            await self.peers.close()
        if self._shared_counters is not None:
            self._shared_counters.close()
        logs.stop()

    async def switch_paid_calls(self, *, allowed: bool, note: str, alone: bool) -> int:
        """Allow paid calls, or refuse new ones and end those that run; in all processes, or only this one if `alone`.

        Return how many calls are ended. Raises SwitchNotSaved.
        """
        try:
            self.paid_calls.switch(allowed=allowed, note=note)
        except OSError as fault:
            raise SwitchNotSaved(f"the file could not be written ({fault.strerror})") from fault
        LOGGER.warning("paid calls were switched %s", "on" if allowed else "off", extra={"code": "paid_calls"})
        ending = 0 if allowed or not self.access.is_paid else self.sessions.end_all(PAID_CALLS_OFF_NOTICE)
        return ending if alone or self.peers is None else ending + await self.peers.switch_paid_calls(allowed=allowed)

    def check_accepts_calls(self) -> None:
        """Raise the error that prevents calls, if there is one."""
        self._check_paid_calls()
        if self.fault:
            raise UpstreamRefused(self.fault)
        if self.engine is not None and self.engine.state.state == "missing":
            raise UpstreamNotReady(self.engine.state.message)

    def _check_paid_calls(self) -> None:
        if self.access.is_paid and self.paid_calls.is_off:
            raise PaidCallsOff("the operator has switched paid calls off")

    async def health(self, *, alone: bool = False) -> tuple[bool, dict[str, Any]]:
        """Return whether calls are accepted, and the report of GET /health: of all processes, or only this one if
        `alone`."""
        own = await self._health()
        return own if alone or self.peers is None else await self.peers.health(own)

    async def newest_errors(self, limit: int, *, alone: bool = False) -> Sequence[ErrorLine]:
        """Return recent errors, newest first: of all processes, or only this one if `alone`."""
        own = self.errors.newest(limit)
        return own if alone or self.peers is None else await self.peers.errors(own, limit)

    async def _health(self) -> tuple[bool, dict[str, Any]]:
        reachable, authorised = await asyncio.gather(self._check_reachability(), self._check_credentials())
        # Calls are accepted while the local engine starts: their dial waits for it.
        starting = self.engine is not None and self.engine.state.state == "starting"
        hub = self.sessions
        await hub.budget.refresh()
        paid_calls_off = self.access.is_paid and self.paid_calls.is_off
        able = not self.fault and not paid_calls_off and hub.accepts_calls and (reachable or starting) and authorised
        sessions = hub.all_sessions()
        report: dict[str, Any] = {
            "status": "ok" if able else "stopping" if hub.stopping else "unavailable",
            "version": __version__,
            "access": self.access.health_part(),
            "paid_calls": "off" if paid_calls_off else "on",
            "warnings": [
                logs.scrub(warning)
                for warning in (*self.setting_warnings, *hub.budget.warnings, *hub.proxy_watch.warnings)
            ],
            "uptime_s": round(time.monotonic() - self.started_at, 1),
            "shutdown_s": self.settings.s2s_shutdown_s,
            "tasks": len(asyncio.all_tasks()),
            "sessions": {
                "active": len(sessions),
                "max": hub.limits.sessions,
                "created": hub.created,
                "refused": hub.refused.total(),
            },
            **hub.health_report(),
            "upstream": {
                "backend": self.choice.backend,
                "model": self.choice.model,
                "replaced_model": self.upstream.replaced_model,
                "region": self.settings.gcp_region if self.choice.backend == "vertex" else "",
                "reachable": reachable,
                "unreachable": logs.scrub(self._reachability.why_not),
                "credentials": self.credentials.report() if self.credentials else {"state": "none", "message": ""},
                "why": self.choice.why,
                "open_sockets": self.upstream.open_sockets,
                "last_failure": logs.scrub(self.upstream.last_failure),
                "fault": logs.scrub(self.fault),
                "warnings": [logs.scrub(warning) for warning in current_warnings(self.choice, self.today())],
                "oddities": dict(self.upstream.oddities),
            },
            "latency": self.sessions.latency.report(),
            "errors_last_hour": self.errors.count_since(time.time() - 3600),
            "engine": None,
        }
        if self.engine is not None:
            state = self.engine.state
            report["engine"] = {"state": state.state, "message": state.message, "restarts": self.engine.restarts}
        return able, report

    async def report(self, session_id: str, note: str, caller: Caller) -> dict[str, Any]:
        """Save the recording of a session.

        Raises SessionNotFound, NotRecorded, RateLimited, ReportsFull, ReportStorageFailed.
        """
        recorder = self.sessions.recording(session_id)
        if recorder is None:
            raise NotRecorded("the recorder is switched off")
        for rate, key in zip(self._report_rates, (session_id, caller.address), strict=True):
            if wait_s := rate.retry_after_s(key, time.monotonic()):
                raise RateLimited("more reports than can be saved", wait_s)
        data = recorder.dump(note)
        try:
            owner, call_key = self.sessions.creator_of(session_id).account, self.sessions.keys.hash_of(session_id)
            name = await asyncio.to_thread(self._reports.save, data, owner, call_key)
        except OSError as fault:
            raise ReportStorageFailed(f"the file could not be written ({type(fault).__name__})") from fault
        LOGGER.info("a problem was reported: %s", name, extra={"session": session_id})
        return {
            "name": name,
            "seconds": round(recorder.seconds, 1),
            "bytes": len(data),
            "audio": recorder.audio,
            "complete": not recorder.full,
        }

    async def forget(self, keys: Mapping[str, str], caller: Caller) -> dict[str, Any]:
        """Delete reports and recordings of the calls whose key is right, and of the caller's identity.

        `keys`: session key by session id. Return what was deleted and what stays. Raises RateLimited, NotDeleted.
        """
        if wait_s := self._forget_rate.retry_after_s(caller.address, time.monotonic()):
            raise RateLimited("more requests to delete than can be served", wait_s)
        hashes = [hash_of_key(key) for key in keys.values()]
        try:
            reports, has_unowned = await asyncio.to_thread(self._reports.forget, caller.identity, hashes)
        except OSError as fault:
            raise NotDeleted(f"a file could not be deleted ({type(fault).__name__})") from fault
        recordings, all_answered = await self.forget_recordings(keys, caller.identity)
        LOGGER.info("deleted at a caller's wish: %d reports, %d recordings", reports, recordings)
        retention = Retention(
            log_days=self.settings.s2s_log_days,
            has_transcripts=self.settings.s2s_log_transcripts,
            usage_days=KEEP_DAYS,
            recording_s=KEEP_RECORDING_S,
        )
        stays = retention.what_stays(has_unowned=has_unowned, all_answered=all_answered)
        return {"reports": reports, "recordings": recordings, "stays": stays}

    async def forget_recordings(
        self, keys: Mapping[str, str], identity: str, *, alone: bool = False
    ) -> tuple[int, bool]:
        """Drop the recordings of calls whose key is right, and of an identity; in all processes, or only this one if
        `alone`. Return how many, and whether all processes answered."""
        dropped = self.sessions.forget_recordings(keys, identity)
        if alone or self.peers is None:
            return dropped, True
        of_others, all_answered = await self.peers.forget_recordings(keys, identity)
        return dropped + of_others, all_answered

    def _recorder(self, config: SessionConfig) -> Recorder | None:
        settings = self.settings
        if not settings.s2s_recorder:
            return None
        head = recording_head(self.choice, config, settings.s2s_playout_lead_ms)
        most_bytes = int(settings.s2s_recorder_mb * 1_000_000)
        return Recorder(head, audio=settings.s2s_recorder_audio, max_bytes=most_bytes)

    def _find_price(self, model: str) -> Price | None:
        """Return the price of a model; the local engine is free unless a price file names it."""
        if self.choice.backend == "emulator" and not self.settings.s2s_prices_file:
            return None
        if model not in self._prices:
            self._prices[model] = price_for(model, self.settings)
        return self._prices[model]

    def _candidates(self) -> Candidates:
        """Return the candidate models of the current target."""
        return self.choice.candidates()

    def _on_model_replaced(self, choice: UpstreamTarget) -> None:
        """Use another model for new calls."""
        self.choice = self.sessions.choice = choice

    def _google_credentials(self) -> GoogleCredentials | None:
        if self.fault:
            return None
        try:
            credentials = credentials_for(self.choice, self.settings, self.network)
        except CredentialsError as fault:
            self.fault = f"{fault} {fault.hint}".strip()
            return None
        if self.choice.credentials == "key_file" and credentials is not None and not self.choice.project:
            warning = "GCP_PROJECT_ID is not set; the project named in the key file is used."
            self.choice = replace(self.choice, warnings=(*self.choice.warnings, warning))
        return credentials

    def _locator(self) -> Callable[[], Any] | None:
        if self.choice.backend != "emulator" or self.choice.base_url:
            return None
        self.engine = engine = EmulatorProcess(engine_environment(), self._on_engine_state)

        async def locate() -> str:
            if engine.state.state == "missing":
                raise EngineMissing(engine.state.message)
            return await engine.base_url()

        return locate

    def _on_engine_state(self, state: EngineState) -> None:
        for session in self.sessions.all_sessions():
            if state.state == "missing":
                session.send_to_browser(ENGINE_MISSING_NOTICE)
            elif state.message and state.state != "ready":
                session.send_to_browser(wire.Notice(level="info", code="engine_loading", message=state.message))

    async def _check_reachability(self) -> bool:
        if self.fault:
            return False
        if self.engine is not None:
            return self.engine.listening and self.engine.state.state != "missing"
        return await self._reachability.check(is_connected=self.upstream.open_sockets > 0)

    async def _check_credentials(self) -> bool:
        if self.credentials is None:
            return True
        await self.credentials.checked(FIRST_TOKEN_TIMEOUT_S)
        return self.credentials.is_working


def divide_descriptors(limits: AdmissionLimits, descriptors: int) -> tuple[AdmissionLimits, TransportBudget, list[str]]:
    """Divide the file descriptors among calls and their transports; return the limits that they suffice for, the budget
    of the transports, and a warning where there are too few."""
    plan = plan_descriptors(descriptors, limits.sessions)
    sessions = limits.callers.limits_of(ELSEWHERE).sessions
    budget = TransportBudget(plan.transports, MAX_PENDING_BROWSERS * sessions)
    if plan.sessions == limits.sessions:
        return limits, budget, []
    warning = (
        f"The limit of open files ({descriptors}) suffices for {plan.sessions} calls, not for {limits.sessions}: raise "
        f"it to {needed_limit(limits.sessions)} (ulimit -n, or LimitNOFILE in a systemd unit)."
    )
    return replace(limits, sessions=plan.sessions), budget, [warning]


def admission_limits(settings: Settings, *, is_paid: bool) -> AdmissionLimits:
    """Return the limits for callers, sessions and the whole gateway from the settings.

    `is_paid`: calls cost money.
    """
    return AdmissionLimits(
        sessions=worker_share(settings.s2s_max_sessions, settings.s2s_worker, len(settings.s2s_worker_urls))
        if settings.s2s_worker
        else settings.s2s_max_sessions,
        sessions_of_all=settings.s2s_max_sessions,
        callers=LimitSettings(
            sessions=settings.s2s_max_sessions_per_address,
            creates_per_minute=settings.s2s_creates_per_minute,
            session_minutes=settings.s2s_session_minutes,
            day_usd=settings.s2s_day_usd,
            day_tokens=settings.s2s_day_tokens,
            identity_day=Usage(settings.s2s_identity_day_tokens, settings.s2s_identity_day_usd),
            address_day=Usage(0, settings.s2s_address_day_usd),
            group_day=Usage(0, settings.s2s_group_day_usd),
            session=SessionLimits(
                idle_s=settings.s2s_idle_minutes * 60,
                tokens=settings.s2s_session_tokens,
                usd=settings.s2s_session_usd,
            ),
            is_paid=is_paid,
            admits_strangers=not is_paid or settings.s2s_auth != "none",
        ),
    )
