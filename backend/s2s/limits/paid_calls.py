"""The operator's switch for paid calls: a file beside the logs, so that it outlives a restart and holds for all
processes."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from s2s.limits.session_limits import LimitNotice
from s2s.logs import LOGGER
from s2s.private_files import write_private

FILE = "paid-calls-off.json"
PAID_CALLS_OFF_NOTICE = LimitNotice(
    "paid_calls_off",
    "Conversations are turned off for now. This one ends after the current answer.",
    "Try again later.",
    final=True,
)


class SwitchedOff(msgspec.Struct):
    """When paid calls were switched off, and why."""

    since: str
    """ISO 8601, UTC."""
    note: str = ""


class PaidCallSwitch:
    """Whether paid calls are allowed. They are unless the file exists, whatever it holds."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    @property
    def is_off(self) -> bool:
        # Where the folder cannot be looked into, calls are not refused: that is the budget's decision.
        return self._path.exists()

    def read(self) -> SwitchedOff | None:
        """Return when and why paid calls were switched off; None if they are allowed."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=SwitchedOff)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as fault:
            LOGGER.warning("%s cannot be read: %s", FILE, fault, extra={"code": "paid_calls"})
            return SwitchedOff("")

    def switch(self, *, allowed: bool, note: str = "") -> None:
        """Allow or refuse paid calls from now on. Raises OSError if that cannot be written down."""
        if allowed:
            self._path.unlink(missing_ok=True)
        elif not self.is_off:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            fresh = self._path.with_suffix(".new")
            write_private(fresh, msgspec.json.encode(SwitchedOff(now, note)))
            fresh.replace(self._path)
