"""The service account's access token, fetched off the event loop and fresh before each dial."""

import asyncio
from pathlib import Path

SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class CredentialsError(Exception):
    """No token can be had; the text says why, without any secret."""

    def __init__(self, text: str, *, code: str = "bad_credentials", retryable: bool = False, hint: str = "") -> None:
        """`code`: stable, such as token_unavailable. `retryable`: the same credentials may work a little later."""
        super().__init__(text)
        self.code = code
        self.retryable = retryable
        self.hint = hint
        """The remedy, one sentence; empty: the one that fits the backend."""


class ServiceAccount:
    """One key file, one token at a time, shared by all sessions."""

    def __init__(self, key_path: Path) -> None:
        """Raises CredentialsError if the file is not a service account key."""
        # Imported when first needed: it costs 0.4 s, and most first starts have no key.
        from google.auth.exceptions import GoogleAuthError
        from google.oauth2 import service_account

        try:
            # google-auth ships types, but not for this.
            self._credentials = service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
                str(key_path), scopes=[SCOPE]
            )
        except (OSError, ValueError, GoogleAuthError) as fault:
            raise CredentialsError(
                f"{key_path.name} is not a service account key ({type(fault).__name__}). See VERTEX_AI_SETUP.md."
            ) from fault
        self._lock = asyncio.Lock()

    @property
    def project(self) -> str:
        """The project named in the key file."""
        return str(self._credentials.project_id or "")

    async def token(self) -> str:
        """A valid access token. Raises CredentialsError."""
        async with self._lock:
            if not self._credentials.valid:
                await asyncio.to_thread(self._refresh)
            return str(self._credentials.token)

    async def renew(self, refused: str) -> None:
        """Fetches another token, unless somebody has done so since this one was taken. Raises CredentialsError."""
        async with self._lock:
            if str(self._credentials.token) == refused:
                await asyncio.to_thread(self._refresh)

    def _refresh(self) -> None:
        from google.auth.exceptions import GoogleAuthError, RefreshError
        from google.auth.transport.requests import Request

        try:
            self._credentials.refresh(Request())
        except RefreshError as fault:
            raise CredentialsError("Google does not accept the service account key. Make a new one.") from fault
        except GoogleAuthError as fault:
            raise CredentialsError(f"Google's token service cannot be reached ({type(fault).__name__}).") from fault
