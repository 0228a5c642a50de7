"""Google access tokens, fetched off the event loop, ahead of expiry, once for all sessions.

From a key file, or from Application Default Credentials: a gcloud login, workload identity, an impersonated or an
attached service account.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from s2s.logs import LOGGER
from s2s.settings import Settings
from s2s.upstream.credentials.token_refresh import TokenRefreshState
from s2s.upstream.network.outbound import Network
from s2s.upstream.refusals.token_errors import WAIT_HINT, CredentialsError, Kind, explain
from s2s.upstream.target.endpoints import UpstreamTarget

if TYPE_CHECKING:
    from s2s.upstream.credentials.credential_sources import Source

__all__ = ["CredentialsError", "GoogleCredentials", "credentials_for"]

ATTEMPT_TIMEOUT_S = 20.0
"""Timeout of one attempt, including google-auth's own retries."""
WAIT_TIMEOUT_S = 15.0
"""How long one dial waits for a token."""
HOLD_S = 6.0
"""How long a dial waits while attempts fail for transient reasons; after that the link backs off."""


class GoogleCredentials:
    """One access token at a time, shared by all sessions."""

    def __init__(
        self,
        network: Network,
        source: "Source | None" = None,
        *,
        quota_project: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Without a `source` it is searched for at the first token."""
        self._network, self._source, self._quota_project, self._clock = network, source, quota_project, clock
        self._life = TokenRefreshState()
        self._token = ""
        self._flight: asyncio.Task[None] | None = None
        self._job: asyncio.Future[tuple[str, float] | CredentialsError] | None = None

    @classmethod
    def from_key_file(
        cls, path: Path, network: Network, *, quota_project: str = "", name: str = "SERVICE_ACCOUNT_KEY_PATH"
    ) -> "GoogleCredentials":
        """Use a service account key, or any other file that google-auth knows. `name`: the setting with its path.
        Raises CredentialsError, in one sentence, when the file cannot be used."""
        # Imported when first needed: google-auth costs 0.4 s, and most first starts have no key.
        from s2s.upstream.credentials.credential_sources import source_of_file

        return cls(network, source_of_file(path, name, quota_project))

    @classmethod
    def from_default(cls, network: Network, *, file: str = "", quota_project: str = "") -> "GoogleCredentials":
        """Use Application Default Credentials; `file`: GOOGLE_APPLICATION_CREDENTIALS, if it is set.

        They are searched for at the first token: a metadata server may take seconds.
        Raises CredentialsError when the file cannot be used."""
        if file:
            path = Path(file).expanduser()
            return cls.from_key_file(path, network, quota_project=quota_project, name="GOOGLE_APPLICATION_CREDENTIALS")
        return cls(network, quota_project=quota_project)

    @property
    def project(self) -> str:
        """The credentials' project; empty: unknown, or not loaded yet."""
        return self._source.project if self._source else ""

    def project_or(self, wanted: str) -> str:
        """Return `wanted`, or the credentials' project. Raises CredentialsError if there is neither."""
        if project := wanted or self.project:
            return project
        raise CredentialsError(
            "No Google Cloud project is named, neither in the settings nor by the credentials.",
            code="project_missing",
            hint="Set GCP_PROJECT_ID in backend/.env.",
        )

    @property
    def is_loaded(self) -> bool:
        """True once `project` is final."""
        return self._source is not None

    async def headers(self) -> dict[str, str]:
        """Return the headers of one dial. Raises CredentialsError within WAIT_TIMEOUT_S."""
        headers = {"Authorization": f"Bearer {await self.token()}"}
        quota_project = self._source.quota_project if self._source else ""
        return {**headers, "x-goog-user-project": quota_project} if quota_project else headers

    async def token(self) -> str:
        """Return a valid access token. Raises CredentialsError within WAIT_TIMEOUT_S."""
        if not self._life.usable(self._clock()):
            await self._fetch()
        return self._token

    async def renew(self, refused: str) -> None:
        """Fetch another token, unless that has happened since `refused` was issued. Raises CredentialsError."""
        if self._token == refused:
            self._life.on_refused()
            await self._fetch()

    async def keep_fresh(self) -> None:
        """Refresh ahead of expiry until cancelled, so that dials need not wait and health shows trouble early."""
        while True:
            # In small steps: the wall clock may be set, and a laptop may sleep.
            await asyncio.sleep(min(max(self._life.due_at - self._clock(), 0.0), 30.0))
            if self._clock() >= self._life.due_at:
                await asyncio.shield(self._attempt())

    def close(self) -> None:
        """Stop fetching."""
        if self._flight is not None:
            self._flight.cancel()

    @property
    def is_working(self) -> bool:
        """False if a dial made now would fail for lack of a token."""
        return self._life.trouble is None or self._life.usable(self._clock())

    def report(self) -> dict[str, str]:
        """Return the part of GET /health; `state` is unchecked, ok, retrying or failed."""
        trouble = self._life.trouble
        return {"state": self._life.state, "message": f"{trouble} {trouble.hint}".strip() if trouble else ""}

    async def checked(self, within_s: float) -> None:
        """Wait for the outcome of the first attempt, if it is running."""
        if self._life.state == "unchecked" and self._flight is not None:
            await asyncio.wait([self._flight], timeout=within_s)

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(WAIT_TIMEOUT_S):
                await self._insist()
        except TimeoutError:
            text = "Google's token service does not answer."
            raise CredentialsError(text, code="token_timeout", retryable=True, hint=WAIT_HINT) from None
        if not self._life.usable(self._clock()):
            raise _retried(self._life.trouble or CredentialsError("The access token had already run out when it came."))

    async def _insist(self) -> None:
        """Retry until a token comes, a failure is permanent, or HOLD_S has passed."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + HOLD_S
        while True:
            trouble, pause_s = self._life.trouble, self._life.pause_s(self._clock())
            if trouble is not None and pause_s and (not trouble.retryable or loop.time() + pause_s > give_up_at):
                return
            await asyncio.sleep(pause_s)
            await asyncio.shield(self._attempt())
            if self._life.usable(self._clock()) or self._life.trouble is None:
                return

    def _attempt(self) -> asyncio.Task[None]:
        """Join the running attempt or start one; all waiters share it."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._try_once(), name="access token")
        return self._flight

    async def _try_once(self) -> None:
        if self._job is None:
            self._job = self._in_a_thread()
        done, _ = await asyncio.wait([self._job], timeout=ATTEMPT_TIMEOUT_S)
        if not done:
            # The thread cannot be stopped; the next attempt waits for the same one.
            text = "Google's token service does not answer."
            self._failed(CredentialsError(text, code="token_timeout", retryable=True, hint=WAIT_HINT))
            return
        outcome, self._job = self._job.result(), None
        if isinstance(outcome, CredentialsError):
            self._failed(outcome)
            return
        if self._life.trouble is not None:
            LOGGER.info("an access token came again")
        self._token, expires_at = outcome
        self._life.on_success(self._clock(), expires_at)

    def _in_a_thread(self) -> asyncio.Future[tuple[str, float] | CredentialsError]:
        """Run in a daemon thread: unlike a pool's, it does not delay shutdown when the service is silent."""
        loop = asyncio.get_running_loop()
        job: asyncio.Future[tuple[str, float] | CredentialsError] = loop.create_future()

        def settle(outcome: tuple[str, float] | CredentialsError) -> None:
            if not job.done():
                job.set_result(outcome)

        def work() -> None:
            outcome = self._refresh()
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, outcome)

        Thread(target=work, name="credentials", daemon=True).start()
        return job

    def _failed(self, trouble: CredentialsError) -> None:
        known = self._life.trouble
        self._life.on_failure(self._clock(), trouble)
        if known is None or known.code != trouble.code:
            LOGGER.warning("no access token: %s %s", trouble, trouble.hint, extra={"code": trouble.code})

    def _refresh(self) -> tuple[str, float] | CredentialsError:
        """Refresh; runs in the thread."""
        from s2s.upstream.credentials.credential_sources import find_source
        from s2s.upstream.credentials.token_request import TokenRequest

        request = TokenRequest(self._network)
        kind: Kind = "metadata"
        try:
            if self._source is None:
                self._source = find_source(request, self._quota_project)
            kind, credentials = self._source.kind, self._source.credentials
            credentials.refresh(request)
            expiry = credentials.expiry
            expires_at = expiry.replace(tzinfo=UTC).timestamp() if expiry else self._clock() + 3600
            return str(credentials.token), expires_at
        except CredentialsError as fault:
            return fault
        except Exception as fault:
            # google-auth raises its own errors, and TypeError, KeyError or ValueError for unexpected answers; the
            # answer tells them apart.
            LOGGER.debug("google-auth failed", exc_info=fault)
            return explain(request.last, str(fault), kind, datetime.fromtimestamp(self._clock(), UTC))


def credentials_for(choice: UpstreamTarget, settings: Settings, network: Network) -> GoogleCredentials | None:
    """Return the credentials of a target; None if it uses an API key. Raises CredentialsError."""
    if choice.backend != "vertex":
        return None
    quota_project = settings.google_cloud_quota_project
    if choice.credentials == "default":
        file = settings.google_application_credentials
        found = GoogleCredentials.from_default(network, file=file, quota_project=quota_project)
    else:
        found = GoogleCredentials.from_key_file(settings.key_path, network, quota_project=quota_project)
    if found.is_loaded:
        found.project_or(choice.project)
    return found


def _retried(trouble: CredentialsError) -> CredentialsError:
    """Return a copy for each waiter: a traceback grows with every raise."""
    return CredentialsError(str(trouble), code=trouble.code, retryable=trouble.retryable, hint=trouble.hint)
