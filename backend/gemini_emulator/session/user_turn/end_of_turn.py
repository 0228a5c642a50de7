"""Does it read as if more is to come? From the words recognized so far, English, without a model.

Silence alone does not tell the end of a sentence from a search for a word. What was said mostly does: no one ends with
"the weather in", and few go on after "What time is it?".
"""

from __future__ import annotations

import re
from enum import Enum


class Reading(Enum):
    """What the words so far look like."""

    COMPLETE = "complete"
    """A sentence, a question, a greeting, an order."""
    UNSURE = "unsure"
    """It may be all, and it may not."""
    LACKING = "lacking"
    """A sentence, but the function it asks for needs one thing more."""
    UNFINISHED = "unfinished"
    """Something must follow."""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split("|" if "|" in text else None))


FILLERS = _set("um umm uh uhm er erm hm hmm mm mmm ah eh")
"""Hesitation sounds. Alone they are nothing to answer."""

_DETERMINERS = _set("a an the my your our their its every another which whose")
_PREPOSITIONS = _set(
    "of for with from at into onto about between among than as per via to by in on near around without within toward "
    "towards during against until till since before after under above below behind beside besides across through "
    "throughout despite except regarding versus plus minus times"
)
_CONJUNCTIONS = _set("and or but because if when while although though unless whether nor so")
_AUXILIARIES = _set(
    "is are was were am be been being has have had will would shall should can could may might must do does did"
)
_CONTRACTED = _set(
    "i'm i'd i'll i've you're you'd you'll you've we're we'd we'll we've they're they'd they'll they've it's that's "
    "what's who's where's how's there's let's he's she's he'd she'd it'll gonna wanna gotta"
)
_OPENINGS = tuple(
    _set(
        "show me|tell me|give me|remind me|send me|get me|find me|bring me|i want|i need|i would like|"
        "i'd like|i was|can you|could you|would you|will you|do you|how about|what about|what if|such as|"
        "the first|the next|the same|the new|kind of|sort of|a lot of|i mean|i guess|you know|let me see|"
        "let me think|the number|currently|at least|more|very|please|an extension"
    )
)
_PRONOUNS = _set("i you he she it we they there that this these those who")
_ASKING = _set("what what's who who's whom where where's when which why how how's whose")
_SUBORDINATE = _set("if when while because although though unless since once whenever")
_LEADING = _set("at after before to in on during for until")
_SHORT = _set(
    "hello|hi|hey|hi there|hey there|hello there|good morning|good evening|good afternoon|good night|thanks|"
    "thank you|thank you very much|thanks a lot|bye|goodbye|bye bye|good bye|see you|see you later|yes|yeah|"
    "yep|yup|yes please|no|nope|no thanks|no thank you|okay|ok|alright|sure|right|exactly|correct|stop|"
    "stop it|cancel|quit|enough|continue|go on|go ahead|next|again|repeat|repeat that|louder|quieter|help|"
    "help me|never mind|wait|pause|resume|play|mute|unmute|good|great|fine|perfect|cool|nice|wow|really|"
    "of course|not really|i do|i am|it is|it does|i can|i don't|i see|got it|be quiet|shut up|who are you|"
    "how are you|come in|log in|log out|sign in|what's on|come on|hold on|what for|where to|carry on|"
    "turn it on|turn it off"
)
_CALLS_OFF = _set("stop|stop it|cancel|cancel that|never mind|wait|no|no wait|forget it|hold on|quiet")
_NUMBERS = _set(
    "zero oh one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy "
    "eighty ninety hundred double"
)
_DICTATED = _set("number code pin phone account card password dial call extension reference zip postcode")
_WHOLE_NUMBER_DIGITS = frozenset([7, 10, 11, 16])
"""How long telephone and card numbers are."""
_COUNTED = frozenset(["for", "in", "past", "to"])
_PARTICLES_AFTER = _set(
    "log logs sign come go going turn turned hold move put it them him her me lights light lamp heating music radio tv "
    "television alarm off check keep"
)
_LEFT_ALONE_AFTER = _set("come comes go goes live lives message talk made belong called")
_WORD = re.compile(r"[a-z0-9]+(?:['’:.][a-z0-9]+)*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def words_in(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def only_fillers(text: str) -> bool:
    """Whether the text holds nothing but hesitation sounds ("Um."): that is no turn."""
    found = words_in(text)
    return bool(found) and all(word in FILLERS for word in found)


def calls_off(text: str) -> bool:
    """ "Stop." said right after a sentence takes it back."""
    return " ".join(words_in(text)) in _CALLS_OFF


def reading(text: str, answering: bool = False) -> Reading:
    """`answering`: a question was asked, so that one word may be a whole answer."""
    text = text.strip()
    last_sentence = _SENTENCE.split(text)[-1] if text else ""
    words = words_in(last_sentence)
    if not words:
        return Reading.UNSURE
    if " ".join(words) in _SHORT:
        return Reading.COMPLETE
    if last_sentence.endswith(("...", "…", "-", "–", "—")) or _breaks_off(words, last_sentence):
        return Reading.UNFINISHED
    if text.endswith((",", ";", ":")) or _only_leads_in(words, last_sentence):
        return Reading.UNSURE
    if answering:
        return Reading.COMPLETE
    stopped = text.endswith((".", "!", "?", '"', "'"))
    enough = 2 if text.endswith("?") else 3
    return Reading.COMPLETE if stopped and len(words) >= enough else Reading.UNSURE


def _breaks_off(words: list[str], sentence: str) -> bool:
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in FILLERS or last in _DETERMINERS or last in _CONTRACTED:
        return True
    if last in _CONJUNCTIONS:
        return not (last == "so" and before in ("think", "hope", "guess"))
    if last in _AUXILIARIES:
        return not _may_end_with_auxiliary(words, before)
    if last in _PREPOSITIONS:
        return not _stranded(words, before)
    joined = " ".join(words)
    if any(joined == opening or joined.endswith(f" {opening}") for opening in _OPENINGS):
        return not (last == "please" and len(words) > 2) and not (last == "more" and before in ("once", "any", "no"))
    return _number_goes_on(words) or _waits_for_its_main_clause(words, sentence)


def _may_end_with_auxiliary(words: list[str], before: str) -> bool:
    """ "Yes, I do", "what time it is", "what can you do"."""
    if words[-1] in ("do", "be", "have", "did") and words[0] in _ASKING:
        return True
    if before not in _PRONOUNS and not before.endswith("n't"):
        return False
    return len(words) > 4 or words[0] in ("yes", "no", "yeah") or any(word in _ASKING for word in words[:-1])


def _stranded(words: list[str], before: str) -> bool:
    """ "Where are you from?", "what is it for?", "turn the light on": the preposition stands alone."""
    last = words[-1]
    if last in ("in", "on", "by", "around", "through") and before in _PARTICLES_AFTER:
        return True
    if last == "on" and words[0] in ("turn", "switch", "put"):
        return True
    asks = any(word in _ASKING for word in words[:-1])
    return asks and (before in _PRONOUNS or before in _LEFT_ALONE_AFTER or before.endswith("ing"))


def _number_goes_on(words: list[str]) -> bool:
    """A number is dictated, or a unit is still missing ("a timer for ten")."""
    run = 0
    while run < len(words) and _is_number(words[-1 - run]):
        run += 1
    if not run:
        return False
    if run < len(words) and run == 1 and words[-2] in _COUNTED and "o'clock" not in words:
        return words[0] not in _ASKING
    digits = sum(len(re.sub(r"\D", "", word)) or 1 for word in words[-run:])
    dictating = any(word in _DICTATED for word in words[:-run]) or (run == len(words) and run > 2)
    return dictating and run > 1 and digits not in _WHOLE_NUMBER_DIGITS


def _is_number(word: str) -> bool:
    return word in _NUMBERS or word[0].isdigit()


def _waits_for_its_main_clause(words: list[str], sentence: str) -> bool:
    """ "If this is correct": what then?"""
    if words[0] not in _SUBORDINATE or "," in sentence.rstrip(",.") or len(words) > 9:
        return False
    asks_when = words[0] == "when" and len(words) > 1 and (words[1] in _AUXILIARIES or sentence.endswith("?"))
    return not asks_when


def _only_leads_in(words: list[str], sentence: str) -> bool:
    """ "At the tone.", "To leave a message.": no complete sentence, though the recognizer puts a stop behind it."""
    return words[0] in _LEADING and len(words) <= 7 and "," not in sentence.rstrip(",.")
