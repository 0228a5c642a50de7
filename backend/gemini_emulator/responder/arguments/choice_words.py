"""What people say for the members of enumerations, beside their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from gemini_emulator.responder.stemming import REMEMBERED, STOP, identifier_words, stem, words

CURRENCIES = {
    "usd": "dollar dollars bucks", "eur": "euro euros", "gbp": "pound pounds sterling quid", "jpy": "yen",
    "chf": "franc francs", "cny": "yuan renminbi", "inr": "rupee rupees", "rub": "ruble rubles", "sek": "krona kronor",
    "nok": "krone kroner", "pln": "zloty", "krw": "won", "mxn": "peso pesos", "brl": "real reais", "try": "lira",
}  # fmt: skip
ALSO: dict[str, frozenset[str]] = {
    said: frozenset(others.split())
    for said, others in {
        **CURRENCIES,
        "mon": "monday mondays", "tue": "tuesday tuesdays", "wed": "wednesday wednesdays",
        "thu": "thursday thursdays", "fri": "friday fridays", "sat": "saturday saturdays", "sun": "sunday sundays",
        "monday": "mondays", "tuesday": "tuesdays", "wednesday": "wednesdays", "thursday": "thursdays",
        "friday": "fridays", "saturday": "saturdays", "sunday": "sundays",
        "driving": "drive car auto", "walking": "walk walked foot hike hiked stroll strolled", "cycling": "cycle "
                                                "cycled "
        "bike biked bicycle rode ride", "bicycling": "cycle bike bicycle", "running": "run ran jog jogged jogging",
        "swimming": "swim swam laps", "strength": "weights lifted lifting gym", "weights": "lifted lifting strength",
        "hiking": "hike hiked trek", "rowing": "row rowed", "dancing": "dance danced",
        "transit": "bus train metro subway tram underground", "celsius": "centigrade", "male": "man",
        "female": "woman", "everywhere": "everything all whole", "all": "every everything everywhere both each",
        "both": "all every", "livingroom": "lounge", "increase": "raise up higher louder",
        "decrease": "lower down quieter", "large": "big", "small": "little tiny", "sports": "sport",
        "business": "economy finance", "open": "unlock up", "closed": "close shut down", "yes": "yeah",
        "pause": "stop", "high": "highest urgent important urgently top", "low": "lowest", "urgent": "asap immediately",
        "half": "halfway", "fast": "quick quickly", "slow": "slowly", "medium": "normal middle average",
        "normal": "medium", "on": "start activate enable", "off": "out kill stop cut deactivate disable kills unplug",
        "economy": "coach", "economic": "cheap", "music": "song songs album albums track tracks tune tunes",
        "podcast": "podcasts episode", "audiobook": "audiobooks", "radio": "station", "movie": "film films movies",
        "film": "movie movies", "vegetarian": "veggie meatless", "delivery": "delivered deliver", "pickup": "collect",
        "takeaway": "takeout", "dentist": "tooth teeth toothache cavity filling gum gums dental",
        "optician": "glasses eye eyes eyesight vision", "eye_doctor": "eye eyes eyesight vision glasses optician sight",
        "eyes": "eye eyesight vision", "ophthalmologist": "eye eyes vision",
        "dermatologist": "skin rash rashes mole moles acne eczema spot spots itch itching itchy", "skin": "rash mole "
                         "acne "
        "eczema", "physiotherapist": "physio physiotherapy back knee knees shoulder shoulders neck muscle muscles "
                                     "ankle "
        "hip stiff sprained", "physiotherapy": "physio", "general_practitioner": "gp doctor checkup flu cough fever",
        "doctor": "gp physician", "cardiologist": "heart", "pediatrician": "child baby", "gp": "doctor",
        "veterinarian": "vet",
        "damaged": "broken defective faulty cracked smashed shattered dented torn ripped scratched "
                           "leaking bent",
        "wrong_size": "small big tight loose short", "illness": "ill sick flu fever cold", "injury": "injured hurt "
        "sprained broke broken twisted", "radiology": "ray scan mri ultrasound",
        "laboratory": "lab blood", "lab": "blood laboratory", "pediatrics": "child children kids baby",
        "eye_clinic": "eye eyes", "emergency": "er urgent accident", "cardiology": "heart",
        "broken": "damaged defective",
        "sick": "ill unwell", "vacation": "holiday holidays", "holiday": "vacation", "present": "here",
        "absent": "missing away", "travel": "abroad travelling taxi train flight hotel",
        "meals": "lunch dinner breakfast meal food",
        "math": "maths mathematics", "weight": "weigh heavy", "pulse": "heartbeat", "credit_card": "credit",
        "checking": "current", "evening": "tonight night", "asap": "urgent", "never": "no",
    }.items()
}  # fmt: skip
_MEANS = re.compile(
    r"(?P<option>[\w-]+)\s*(?:is|means|=|:|for|are)\s+(?:for )?(?:the |an? )?(?P<words>[^,;.()]+)", re.IGNORECASE
)


def also_said(option: Any, described: str, options: Sequence[Any]) -> frozenset[str]:
    """Other single words for this member, none of which names another one."""
    taken = {str(other).lower() for other in options if other != option}
    known = ALSO.get(str(option).lower(), frozenset()) | _explained(described).get(str(option).lower(), frozenset())
    return known - taken


def without(options: Sequence[Any], text: str) -> list[tuple[Any, int, int]]:
    """ "Without gluten" is `gluten_free`."""
    out = []
    for option in options:
        parts = identifier_words(str(option))
        if len(parts) == 2 and parts[1] in ("free", "less"):
            pattern = (
                rf"\b(?:without(?: any)?|no|not any|avoid(?:ing)?|can't (?:eat|have)|free of|free from) {parts[0]}s?\b"
            )
            out += [(option, found.start(), found.end()) for found in re.finditer(pattern, text, re.IGNORECASE)]
    return out


@lru_cache(maxsize=REMEMBERED)
def _explained(described: str) -> Mapping[str, frozenset[str]]:
    """ "checking is the everyday current account" -> checking: everyday, current."""
    found = {one["option"].lower(): words(one["words"]) for one in _MEANS.finditer(described)}
    often = [stem(word) for tokens in found.values() for word in tokens]
    return {
        option: frozenset(
            word for word in tokens if word not in STOP | {"account", "only", "one"} and often.count(stem(word)) == 1
        )
        for option, tokens in found.items()
    }
