"""`get_current_time`: any city, country or time zone; big cities without a network."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from builtin_tools.failure import ToolFailure
from builtin_tools.places import Zone, known_zone, locate
from builtin_tools.web import Web

GET_CURRENT_TIME_SCHEMA: dict[str, Any] = {
    "name": "get_current_time",
    "description": "Get the current time and date in a city, country or time zone, or here if none is named.",
    "parameters": {
        "type": "object",
        "properties": {
            "location": {
                "type": "string",
                "maxLength": 200,
                "description": "City, country or time zone, for example Tokyo. Leave out for the time here",
            },
        },
    },
}


def utc_now() -> datetime:
    """Return the current time as an aware datetime in UTC."""
    return datetime.now(UTC)


class Clock:
    """Clock for any place. `now` returns the current time as an aware datetime; tests pass their own."""

    def __init__(self, web: Web, now: Callable[[], datetime] = utc_now) -> None:
        self._web = web
        self._now = now

    async def get_current_time(self, location: str = "") -> dict[str, Any]:
        """Return time and date at `location`; of this machine if `location` is empty, "here" or "local"."""
        moment = self._now()
        if location.strip().casefold() in ("", "here", "local", "local time"):
            local = moment.astimezone()
            return _told(local, local.tzname() or "local time", "here")
        # In a thread: the first call reads a list of airports (100 ms), which would stall the audio on the event loop.
        zone = await asyncio.to_thread(known_zone, location, moment) or await self._ask_the_web(location)
        return _told(moment.astimezone(ZoneInfo(zone.key)), zone.key, zone.name)

    async def _ask_the_web(self, location: str) -> Zone:
        try:
            place = await locate(self._web, location)
        except ToolFailure as failure:
            if not failure.retryable:
                raise
            raise ToolFailure(
                f"I'm not sure what time it is in {location}, and I can't reach the place search right now.",
                retryable=True,
                hint="Ask for the country or a bigger city nearby; those are known without a network.",
            ) from failure
        return Zone(place.name, place.timezone)


def _told(local: datetime, timezone: str, name: str) -> dict[str, Any]:
    where = "" if name == "here" else f"In {name} "
    if "/" in name:
        where = f"In the time zone {name.replace('_', ' ')} "
    elif name.casefold().endswith(" time"):
        where = f"By {name} "
    clock = f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"
    return {
        "location": name,
        "timezone": timezone,
        "time": f"{local:%H:%M}",
        "date": local.date().isoformat(),
        "weekday": f"{local:%A}",
        "utc_offset": f"{local:%z}"[:3] + ":" + f"{local:%z}"[3:5],
        "summary": f"{where}{'it' if where else 'It'}'s {clock} on {local:%A}, {local:%B} {local.day}.",
    }
