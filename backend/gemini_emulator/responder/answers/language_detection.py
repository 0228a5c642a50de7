"""Words of other languages: told so, rather than answered in a garbled way."""

from __future__ import annotations

import re

from gemini_emulator.audio.speech_text import NOT_ENGLISH
from gemini_emulator.responder.arguments.free_text import LANGUAGES
from gemini_emulator.responder.stemming import STOP, word_set

ENGLISH_ONLY = "I only speak English, sorry. But I can tell you how to say hello in a few languages."
_OTHERS = "|".join(sorted(LANGUAGES - {"english"}))
_WANTED = re.compile(
    r"^(?:please |now |can you |could you |can we |could we |would you |let's |let us |i want you to |from now on )*"
    r"(?:speak|talk|answer|reply|respond|continue|go on|switch|change)(?: \w+){0,4}? (?:in |to |into )?"
    rf"(?:{_OTHERS})\b(?: please| now| from now on| to me| with me| instead)*$"
    rf"|^(?:do|can) you (?:speak|understand|talk)\b.* (?:{_OTHERS})\b"
    r"|^(?:sprechen sie|sprichst du|parlez vous|parles tu|tu parles|hablas|habla usted|parli|parla|fala)\b",
)
_FOREIGN = word_set(
    "ich nicht und der das wie ist mir bitte heute guten wetter wo wann kannst sie wir ein eine auf mit "
    "je est les que comment bonjour vous nous une pas quel quelle temps fait avec merci s'il plaît demain "
    "el los las cómo como está hola qué por favor hace tiempo mañana para usted gracias buenos quiero "
    "che sono ciao oggi domani grazie tempo dove quanto per favore buongiorno vorrei"
)
SHARE = 0.4


def asks_for_another_language(line: str) -> bool:
    """The words in lower case, without punctuation."""
    return bool(_WANTED.search(line))


def is_foreign(heard: str) -> bool:
    """Two or more common words of another language, and hardly an English one; or the recognizer says so."""
    if NOT_ENGLISH in heard:
        return True
    said = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", heard.lower())
    foreign = [word for word in said if word in _FOREIGN]
    english = [word for word in said if word in STOP and word not in _FOREIGN]
    return len(foreign) >= 2 and len(foreign) >= SHARE * len(said) and not english
