"""Validate settings with a set of known values: voices, languages, regions, log levels. Pure."""

import re
from typing import get_args

from s2s.configuration.wording import nearest, shown
from s2s.upstream.models.model_capabilities import Voice

VOICES: tuple[str, ...] = get_args(Voice)
# The same form as in POST /api/session/create. BCP 47 (RFC 5646, section 2.1); a primary subtag of four or more letters
# is reserved there, so names of languages are never tags.
_TAG = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")
_LOCALE = re.compile(r"([a-zA-Z]{2,3})_([a-zA-Z]{2})(\.[\w-]+)?(@\w+)?")
_NAMED = {
    "arabic": "ar-EG",
    "bengali": "bn-IN",
    "chinese": "cmn-CN",
    "dutch": "nl-NL",
    "english": "en-US",
    "french": "fr-FR",
    "german": "de-DE",
    "deutsch": "de-DE",
    "gujarati": "gu-IN",
    "hindi": "hi-IN",
    "indonesian": "id-ID",
    "italian": "it-IT",
    "japanese": "ja-JP",
    "kannada": "kn-IN",
    "korean": "ko-KR",
    "malayalam": "ml-IN",
    "marathi": "mr-IN",
    "polish": "pl-PL",
    "portuguese": "pt-BR",
    "russian": "ru-RU",
    "spanish": "es-US",
    "tamil": "ta-IN",
    "telugu": "te-IN",
    "thai": "th-TH",
    "turkish": "tr-TR",
    "ukrainian": "uk-UA",
    "vietnamese": "vi-VN",
}
"""Tags of the Live API's languages by English name, as Google lists them."""
_MULTI_REGIONS = ("global", "us", "eu")
_AREAS = (
    *("africa-south", "asia-east", "asia-northeast", "asia-south", "asia-southeast"),
    *("australia-southeast", "europe-central", "europe-north", "europe-southwest", "europe-west"),
    *("me-central", "me-west", "northamerica-northeast", "northamerica-south"),
    *("southamerica-east", "southamerica-west", "us-central", "us-east", "us-south", "us-west"),
)
"""Names of Google Cloud's regions without the number (docs.cloud.google.com/compute/docs/regions-zones)."""
_LEVELS = {"warn": "warning", "err": "error"}


def voice(text: str) -> str:
    """Return the voice in the service's spelling; an unknown one unchanged."""
    return next((known for known in VOICES if known.casefold() == text.casefold()), text)


def unknown_voice(text: str) -> str | None:
    """Return a warning about a voice that the service is not known to have, else None."""
    if text in VOICES:
        return None
    meant = nearest(text, VOICES, cutoff=0.0)
    return f"S2S_VOICE={shown(text)}: no such voice is known, so calls may be refused; did you mean {meant}?"


def language(text: str) -> str:
    """Return the language as a BCP-47 tag; a locale such as en_US.UTF-8 is converted. Raises ValueError."""
    if found := _LOCALE.fullmatch(text):
        return f"{found[1].lower()}-{found[2].upper()}"
    if len(text) <= 20 and _TAG.fullmatch(text):
        return text
    meant = nearest(text, _NAMED, cutoff=0.8)
    example = f": write {_NAMED[meant]}" if meant else " such as en-US"
    raise ValueError(f"it must be a BCP-47 tag{example}")


def region(text: str) -> str:
    """Return a Google Cloud location in lower case: a region, a multi-region or `global`. Raises ValueError."""
    location = text.lower()
    if re.fullmatch(r"[a-z]+(-[a-z]+\d+)?", location):
        return location
    zone = re.fullmatch(r"([a-z]+-[a-z]+\d+)-[a-z]", location)
    raise ValueError(f"it must be a region{f': write {zone[1]}' if zone else ' such as us-central1'}")


def unknown_region(location: str) -> str | None:
    """Return a warning about a region in a part of the world where Google has none; None for others, also new ones."""
    area = location.rstrip("0123456789")
    if area in _AREAS or location in _MULTI_REGIONS:
        return None
    meant = nearest(area, _AREAS, cutoff=0.7)
    number = location.removeprefix(area)
    end = f"did you mean {meant}{number}?" if meant and number else "take one such as us-central1."
    return f"GCP_REGION={shown(location)}: no such region is known, so calls may fail; {end}"


def project(text: str) -> str:
    """Return a Google Cloud project's ID or number. Raises ValueError for what can only be its display name."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9.:-]*", text):
        raise ValueError("it must be the ID of a project, such as my-project-123456, not its name")
    return text


def log_level(text: str) -> str:
    """Return a log level, given in any case or by its short name."""
    return _LEVELS.get(text.lower(), text.lower())
