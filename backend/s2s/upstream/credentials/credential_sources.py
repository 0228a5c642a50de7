"""Load Google credentials from a file or the machine as google-auth objects. Imports google-auth: 0.4 s."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google.auth
from google.auth import aws, identity_pool, pluggable
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

from s2s import logs
from s2s.upstream.credentials.key_files import read_credentials_file, sensible_values
from s2s.upstream.refusals.token_errors import CredentialsError, Kind

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_AWS = "urn:ietf:params:aws:token-type:aws4_request"
_KINDS: dict[str, Kind] = {
    "service_account": "service_account",
    "authorized_user": "authorized_user",
    "impersonated_service_account": "impersonated_service_account",
    "external_account": "external_account",
    "external_account_authorized_user": "authorized_user",
}
_KINDS_BY_MODULE: dict[str, Kind] = {
    "google.oauth2.service_account": "service_account",
    "google.oauth2.credentials": "authorized_user",
    "google.auth.external_account_authorized_user": "authorized_user",
    "google.auth.impersonated_credentials": "impersonated_service_account",
    "google.auth.compute_engine.credentials": "metadata",
}


@dataclass(slots=True)
class Source:
    """A source of access tokens."""

    credentials: Any
    """google-auth credentials with `refresh(request)`, `token` and `expiry`."""
    project: str
    """The credentials' project; empty: unknown."""
    kind: Kind

    @property
    def quota_project(self) -> str:
        """The quota project; empty: that of the credentials."""
        return str(getattr(self.credentials, "quota_project_id", None) or "")


def source_of_file(path: Path, setting: str, quota_project: str = "") -> Source:
    """Load a service account key, or any other file that google-auth knows. `setting`: the setting with its path.

    Raises CredentialsError, in one sentence, when the file cannot be used.
    """
    info = read_credentials_file(path, setting)
    logs.register_secrets(*sensible_values(info))
    try:
        found, project = _read(info)
    except (ValueError, KeyError, TypeError, AttributeError, GoogleAuthError) as fault:
        what = "service account key" if info["type"] == "service_account" else "file of credentials"
        raise CredentialsError(
            f"{path.name} is not a {what} that can be used: a part of it is missing or damaged "
            f"({type(fault).__name__}).",
            code="key_unreadable",
            hint="Make it again; see VERTEX_AI_SETUP.md.",
        ) from fault
    project = info.get("project_id") or project or info.get("quota_project_id") or ""
    return Source(_with_quota(found, quota_project), str(project), _KINDS[info["type"]])


def find_source(request: Any, quota_project: str = "") -> Source:
    """Find the machine's credentials: a gcloud login or an attached account. A metadata server may take seconds.

    `request`: google-auth's transport. Raises CredentialsError.
    """
    try:
        found, project = google.auth.default(scopes=[SCOPE], request=request)
    except DefaultCredentialsError as fault:
        raise CredentialsError(
            "No Google credentials are found on this machine.",
            code="no_credentials",
            hint="Run gcloud auth application-default login, attach a service account to this machine, or name a key "
            "file in SERVICE_ACCOUNT_KEY_PATH; see VERTEX_AI_SETUP.md.",
        ) from fault
    values = (getattr(found, name, None) for name in ("refresh_token", "client_secret"))
    logs.register_secrets(*(str(value) for value in values if value))
    kind = _KINDS_BY_MODULE.get(type(found).__module__, "external_account")
    return Source(_with_quota(found, quota_project), project or "", kind)


def _read(info: dict[str, Any]) -> tuple[Any, str | None]:
    if info["type"] != "external_account":
        with warnings.catch_warnings():
            # google-auth warns of untrusted files; this one is the operator's own.
            warnings.simplefilter("ignore")
            # google-auth ships types, but not for this.
            read: Callable[..., tuple[Any, str | None]] = google.auth.load_credentials_from_dict
            return read(info, scopes=[SCOPE])
    # As google-auth chooses, but without its request to another service for the project's name.
    kind: Any = pluggable if "executable" in (info.get("credential_source") or {}) else identity_pool
    if info.get("subject_token_type") == _AWS:
        kind = aws
    return kind.Credentials.from_info(info, scopes=[SCOPE]), None


def _with_quota(credentials: Any, project: str) -> Any:
    able = project and hasattr(credentials, "with_quota_project")
    return credentials.with_quota_project(project) if able else credentials
