"""Words, their stems, and the concepts that different words for the same thing share."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def word_set(listed: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(listed.split())


REMEMBERED = 8192
"""Words and texts whose pieces are kept: descriptions of functions come again with every sentence."""

STOP = word_set(
    "a about also am an and any are as at be been but by can could current currently did do "
    "does for from get give got had has have he her here his how i if in is it its just know "
    "let like may me might must my name named need no not now of on one or our please shall "
    "she should show so some tell than that the their then there these they this those to us "
    "want was we were what when where which who whom whose why will with would you your"
)

CONCEPTS: dict[str, frozenset[str]] = {
    "weather": word_set(
        "celsius cloudy cold degrees fahrenheit forecast hot humid humidity meteorology rain "
        "raining rains rainy snow snowing snows snowy storm sunny sunshine temperature "
        "thunderstorm umbrella warm weather wind windy"
    ),
    "clock": word_set("clock date hour o'clock time timezone zone"),
    "lookup": word_set(
        "article browse encyclopedia fact facts find google info information internet look lookup "
        "query search web wiki wikipedia"
    ),
    "arithmetic": word_set(
        "add arithmetic calculate calculation calculator compute divide divided evaluate "
        "expression math mathematics maths minus multiplied multiply percentage percentages plus "
        "subtract sum"
    ),
    "light": word_set("brightness bulb bulbs dim lamp lamps light lighting lights"),
    "music": word_set("album artist band hear jazz listen music play playlist radio rock singer song songs track tune"),
    "timer": word_set("countdown stopwatch timer"),
    "message": word_set("email inform mail message messages reply send sms tell write"),
    "calendar": word_set("agenda appointment calendar entry event events meeting schedule"),
    "money": word_set(
        "currencies currency dollar dollars euro euros exchange franc francs money pound pounds rupees yen"
    ),
    "travel": word_set("directions drive navigate navigation route way"),
    "translate": word_set("translate translation translator"),
    "news": word_set("headline headlines news"),
    "stock": word_set("share shares stock stocks ticker"),
    "order": word_set("buy deliver delivery order purchase"),
    "alarm": word_set("alarm wake"),
    "reminder": word_set("remember remind reminder reminders"),
    "flight": word_set("airline flight flights fly plane"),
    "train": word_set("railway train trains"),
    "pizza": word_set("pizza pizzas"),
    "recipe": word_set("bake cook cooking recipe recipes"),
    "heating": word_set("colder degrees heat heater heating radiator temperature thermostat warmer"),
    "dice": word_set("dice die"),
    "parcel": word_set("package parcel parcels shipment tracking"),
    "restaurant": word_set("dinner reservation restaurant table"),
    "book": word_set("book booking reservation reserve"),
    "hotel": word_set("accommodation hotel hotels"),
    "phone": word_set("call dial phone ring telephone"),
    "shopping": word_set("buy groceries grocery shopping"),
    "convert": word_set("conversion convert converter"),
    "measure": word_set(
        "celsius centimeters cups fahrenheit feet gallons grams inches kilograms kilometers kilometres kilos km "
        "liters litres measurement meters metres miles ounces unit units yards"
    ),
    "lock": word_set("lock locked unlock unlocked"),
    "door": word_set("door doors garage gate"),
    "volume": word_set("loud louder loudness mute quieter volume"),
    "dictionary": word_set("define definition dictionary mean meaning"),
    "vacuum": word_set("hoover vacuum"),
    "clean": word_set("clean cleaning tidy"),
    "camera": word_set("camera photo photograph picture"),
    "blinds": word_set("blind blinds curtains shutter shutters"),
    "taxi": word_set("cab ride taxi"),
    "note": word_set("jot memo note notes"),
    "movie": word_set("cinema film films movie movies"),
    "nearby": word_set("around closest near nearby nearest"),
    "bus": word_set("bus buses"),
    "battery": word_set("battery charge"),
    "coffee": word_set("coffee espresso"),
    "television": word_set("channel television tv"),
}


def words(text: str) -> list[str]:
    """Lower-case words and numbers."""
    return list(_words(text))


@lru_cache(maxsize=REMEMBERED)
def _words(text: str) -> tuple[str, ...]:
    return tuple(found.lower() for found in _WORD.findall(text))


def identifier_words(name: str) -> list[str]:
    """`getCurrent_weather` -> get, current, weather."""
    return words(_CAMEL.sub(" ", name).replace("_", " ").replace("-", " "))


def human(name: str) -> str:
    """An identifier as a person would say it."""
    return " ".join(identifier_words(name))


@lru_cache(maxsize=REMEMBERED)
def stem(word: str) -> str:
    """Enough to match `lights` with `light` and `turning` with `turn`."""
    word = word.removesuffix("'s")
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending) + ("y" if ending == "ies" else "")
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def content_stems(tokens: list[str]) -> frozenset[str]:
    return frozenset(stem(token) for token in tokens if token not in STOP)


def concepts_in(tokens: list[str]) -> frozenset[str]:
    return _concepts(tuple(tokens))


@lru_cache(maxsize=REMEMBERED)
def _concepts(tokens: tuple[str, ...]) -> frozenset[str]:
    found = {token.removesuffix("'s") for token in tokens}
    return frozenset(concept for concept, members in CONCEPTS.items() if found & members)


def clean(text: str) -> str:
    """One line, without the punctuation at the end."""
    return " ".join(text.split()).strip(" .,!?;:")
