"""Find the position and time zone of a named place."""

import csv
import io
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

from builtin_tools.failure import ToolFailure
from builtin_tools.web import Web

GEOCODING_URL = "https://geocoding-api.open-meteo.com/v1/search"

# Spoken names that the time zone database or the airport list spells differently.
_SPOKEN = {
    "america": "united states",
    "bangaluru": "bangalore",
    "bengaluru": "bangalore",
    "bombay": "mumbai",
    "britain": "gb",
    "dc": "washington",
    "holland": "netherlands",
    "la": "los angeles",
    "new york city": "new york",
    "nyc": "new york",
    "peking": "beijing",
    "saigon": "ho chi minh",
    "sf": "san francisco",
    "south korea": "rok",
    "uk": "gb",
    "united kingdom": "gb",
    "us": "united states",
    "usa": "united states",
    "washington dc": "washington",
}
# Cities that the airport list lacks, or that would lose to a smaller namesake with a bigger airport.
_FAMOUS = {
    "bali": "Asia/Makassar",
    "barcelona": "Europe/Madrid",
    "birmingham": "Europe/London",
    "cambridge": "Europe/London",
    "delhi": "Asia/Kolkata",
    "florence": "Europe/Rome",
    "gothenburg": "Europe/Stockholm",
    "kyoto": "Asia/Tokyo",
    "manchester": "Europe/London",
    "naples": "Europe/Rome",
    "oxford": "Europe/London",
    "pisa": "Europe/Rome",
    "saint petersburg": "Europe/Moscow",
    "silicon valley": "America/Los_Angeles",
    "tel aviv": "Asia/Jerusalem",
    "the hague": "Europe/Amsterdam",
    "valencia": "Europe/Madrid",
    "venice": "Europe/Rome",
    "york": "Europe/London",
}
_CONTINENTS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the map."""

    name: str
    """The name to speak: "Paris, France"."""
    latitude: float
    longitude: float
    timezone: str
    """IANA name, for example "Europe/Paris"."""


@dataclass(frozen=True, slots=True)
class Zone:
    """The time zone of a spoken place name."""

    name: str
    key: str
    """IANA name."""


async def locate(web: Web, spoken: str) -> Place:
    """Find a place with Open-Meteo's geocoding. Raises ToolFailure if there is no such place or no network."""
    head, *qualifiers = [part.strip() for part in spoken.split(",") if part.strip()] or [spoken.strip()]
    hits = await _geocode(web, head)
    words = head.split()
    if not hits and len(words) > 1:
        # "Paris Texas" without a comma: the last word narrows the search.
        hits, qualifiers = await _geocode(web, " ".join(words[:-1])), [words[-1], *qualifiers]
    if not hits:
        raise ToolFailure(f"I could not find a place called {spoken}.", hint="Ask for city and country.")
    return max(hits, key=lambda hit: _agreement(hit, qualifiers))[0]


_Hit = tuple[Place, tuple[str, ...]]


async def _geocode(web: Web, name: str) -> list[_Hit]:
    body = await web.get_json(
        GEOCODING_URL, {"name": name, "count": 10, "language": "en", "format": "json"}, "the place search"
    )
    return [
        (
            Place(
                ", ".join(dict.fromkeys(part for part in (hit["name"], hit.get("country", "")) if part)),
                float(hit["latitude"]),
                float(hit["longitude"]),
                hit.get("timezone") or "UTC",
            ),
            tuple(fold(str(hit.get(key, ""))) for key in ("country", "country_code", "admin1", "admin2")),
        )
        for hit in body.get("results", [])
    ]


def _agreement(hit: _Hit, qualifiers: Iterable[str]) -> int:
    return sum(any(fold(qualifier) in (name, _SPOKEN.get(name)) for name in hit[1]) for qualifier in qualifiers)


def fold(text: str) -> str:
    """Normalise a name for comparison: lower case, no accents, no punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(" " if c in "_-/,." else c for c in plain if not unicodedata.combining(c) and c not in "'’")
    words = ["saint" if word == "st" else word for word in letters.split()]
    return " ".join(words)


def known_zone(spoken: str, moment: datetime) -> Zone | None:
    """Return the time zone of a city, country, region or zone name without a network; None if it is not certain.

    `moment` decides whether the zones of a country show the same time. Raises ToolFailure for a country whose zones do
    not.
    """
    parts = [fold(part) for part in spoken.split(",") if fold(part)] or [""]
    parts = [_SPOKEN.get(part, part) for part in parts]
    label = spoken.strip().title() if spoken.islower() else spoken.strip()
    if len(parts) == 1:
        key = _zone_names().get(parts[0].removesuffix(" time")) or _FAMOUS.get(parts[0])
        return Zone(label, key) if key else _country(label, parts[0], moment) or _airport_city(label, parts, moment)
    return _airport_city(label, parts, moment) or _country_quietly(label, parts[-1], moment)


@lru_cache(maxsize=1)
def _zone_names() -> dict[str, str]:
    """Map folded spellings ("asia tokyo", "tokyo", "gb") to IANA names."""
    names: dict[str, str] = {}
    keys = sorted(available_timezones(), key=lambda key: (key.split("/")[0] not in _CONTINENTS, key))
    for key in keys:
        names.setdefault(fold(key), key)
    for key in keys:
        if not key.startswith("Etc/"):
            names.setdefault(fold(key.rsplit("/", 1)[-1]), key)
    return names


@lru_cache(maxsize=1)
def _country_codes() -> dict[str, str]:
    rows = (line.split("\t") for line in _table("iso3166.tab"))
    return {name: code for code, title in rows for name in (fold(title), code.casefold())}


@lru_cache(maxsize=1)
def _country_zones() -> dict[str, list[str]]:
    zones: dict[str, list[str]] = defaultdict(list)
    for code, _, key, *_ in (line.split("\t") for line in _table("zone.tab")):
        zones[code].append(key)
    return zones


def _table(name: str) -> list[str]:
    text = resources.files("tzdata").joinpath("zoneinfo", name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _one_time(keys: Iterable[str], moment: datetime) -> bool:
    return len({moment.astimezone(ZoneInfo(key)).utcoffset() for key in keys}) == 1


def _country(label: str, folded: str, moment: datetime) -> Zone | None:
    if len(folded) < 3 or folded not in _country_codes():
        return None
    keys = _country_zones()[_country_codes()[folded]]
    if not _one_time(keys, moment):
        raise ToolFailure(f"{label} has several time zones. Which city do you mean?", hint="Ask for a city.")
    return Zone(label, keys[0])


def _country_quietly(label: str, folded: str, moment: datetime) -> Zone | None:
    if folded in _zone_names() and folded not in _country_codes():
        return Zone(label, _zone_names()[folded]) if folded in ("gb", "rok") else None
    keys = _country_zones().get(_country_codes().get(folded, ""), [])
    return Zone(label, keys[0]) if keys and _one_time(keys, moment) else None


@dataclass(frozen=True, slots=True)
class _Airport:
    city: str
    region: str
    country: str
    key: str
    weight: int


@lru_cache(maxsize=1)
def _airports() -> list[_Airport]:
    path = resources.files("airportsdata").joinpath("airports.csv")
    return [
        _Airport(
            fold(row["city"]),
            fold(row["subd"]),
            row["country"],
            row["tz"],
            1 + 3 * bool(row["iata"]) + 8 * bool(row["iata"] and "International" in row["name"]),
        )
        for row in csv.DictReader(io.StringIO(path.read_text("utf-8"), newline=""))
        if row["city"] and row["tz"]
    ]


def _airport_city(label: str, parts: list[str], moment: datetime) -> Zone | None:
    """Return the zone of a city with an airport, or of a state or province, if one candidate is clearly ahead."""
    city, *qualifiers = parts
    named = [a for a in _airports() if a.city == city]
    # A state outranks a small town of the same name: California is also a town in Missouri, without an airline.
    served = [a for a in named if a.weight > 1]
    found = served or [a for a in _airports() if a.region == city] or named
    found = found or [a for a in _airports() if a.city.startswith(city + " ")]
    codes = {_country_codes().get(q, "").upper() for q in qualifiers} | {"GB" for q in qualifiers if q == "gb"}
    if qualifiers:
        found = [a for a in named or found if a.country in codes or a.region in qualifiers]
    weights: dict[str, int] = defaultdict(int)
    for airport in found:
        weights[airport.key] += airport.weight
    ranked = sorted(weights, key=lambda key: -weights[key])
    if not ranked:
        return None
    rivals = [key for key in ranked if weights[key] * 2 > weights[ranked[0]]]
    return Zone(label, ranked[0]) if _one_time(rivals, moment) else None
