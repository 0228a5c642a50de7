"""Does it read as if more is to come? From the words recognized so far, English, without a model.

Silence alone does not tell the end of a sentence from a search for a word. What was said mostly does: no one ends with
"the weather in", and few go on after "What time is it?".
"""

from __future__ import annotations

import re
from enum import Enum
from itertools import pairwise

from gemini_emulator.session.user_turn import english_words as en


class Reading(Enum):
    """What the words so far look like."""

    COMPLETE = "complete"
    """A question or an order, and nothing is missing from it."""
    UNSURE = "unsure"
    """It asks for something, and that may be all or not."""
    REMARK = "remark"
    """Nothing in it asks for an answer: a statement, a greeting, a piece of a sentence. All it gets is a nod."""
    LACKING = "lacking"
    """It asks for something that more words readily follow, or the function it asks for needs one thing more."""
    UNFINISHED = "unfinished"
    """Something must follow."""


_WORD = re.compile(r"[a-z0-9]+(?:['’:.][a-z0-9]+)*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
SPEECH_STATEMENTS, STATEMENT_WORDS = 2, 4
"""After so many sentences of so many words it is a speech."""
MIN_WHOLE_WORDS = 3


def words_in(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def only_fillers(text: str) -> bool:
    """Whether the text holds nothing but hesitation ("Um.", "Well, let me see."): that is no turn."""
    found = words_in(text)
    heard = [word for word in found if word not in en.FILLERS and word not in ("well", "so")]
    return bool(found) and (not heard or " ".join(heard) in en.HESITATIONS)


def calls_off(text: str) -> bool:
    """ "Stop." said right after a sentence takes it back."""
    return " ".join(words_in(text)) in en.CALLS_OFF


def reading(text: str, answering: bool = False, rested: bool = False) -> Reading:
    """`answering`: a question was asked, so that one word may be a whole answer.

    `rested`: there was a pause between two sentences of it, so that there may be another one.
    """
    text = text.strip()
    *earlier, sentence = _SENTENCE.split(text) if text else [""]
    words = words_in(sentence)
    if not words:
        return Reading.UNSURE
    if known := _known_whole(words, answering):
        return known
    if sentence.endswith(("...", "…", "-", "–", "—")) or _breaks_off(words, sentence):
        return Reading.UNFINISHED
    comma = text.endswith((",", ";", ":"))
    if answering and not comma:
        return Reading.LACKING if _is_number(words[-1]) else Reading.COMPLETE
    if comma or _only_leads_in(words, sentence) or not _asks(words, sentence):
        return Reading.REMARK
    statements = sum(len(words_in(one)) >= STATEMENT_WORDS for one in earlier)
    if statements >= (1 if rested or words[0] in en.TO_BE_CONTINUED else SPEECH_STATEMENTS):
        # In a speech a question is asked for effect, and more follows.
        return Reading.LACKING
    return _how_whole(words, sentence)


def _known_whole(words: list[str], answering: bool) -> Reading | None:
    """Few words that people say as they stand here."""
    joined = " ".join(words)
    if joined in en.HESITATIONS:
        return Reading.UNFINISHED
    if joined in en.ORDERS_OF_FEW_WORDS or (answering and joined in en.REMARKS_OF_FEW_WORDS):
        return Reading.COMPLETE
    if joined in en.REMARKS_OF_FEW_WORDS or joined in en.PHATIC or all(word in en.HOLDING for word in words):
        return Reading.REMARK
    return None


def _asks(words: list[str], sentence: str) -> bool:
    """A question or an order, by its mark, its first words, or a wish in it."""
    return sentence.endswith("?") or words[0] == "please" or _begins_as_request(words)


def _begins_as_request(words: list[str]) -> bool:
    opened = next((at for at, word in enumerate(words[:-1]) if word not in en.OPENERS), 0)
    said = words[opened:]
    first, joined = said[0], " ".join(said)
    if joined.startswith(en.THINKING_ALOUD):
        return False
    if first in en.ASKING or (first in en.ORDERS | en.READILY_LONGER and not en.MAKES_A_NOUN.intersection(said[1:3])):
        return True
    if first in en.AUXILIARIES and len(said) > 1:
        return True
    if any(one in en.AUXILIARIES and other in en.SUBJECTS for one, other in pairwise(said[1:5])):
        return True
    return joined.endswith(" please") or joined.startswith(en.WISHES)


def _how_whole(words: list[str], sentence: str) -> Reading:
    """Of a question or an order."""
    if len(words) == 1 or _more_readily_follows(words) or not _begins_as_request(words):
        return Reading.LACKING
    stopped = sentence.endswith((".", "!", "?", '"', "'"))
    return Reading.COMPLETE if stopped and len(words) >= MIN_WHOLE_WORDS else Reading.UNSURE


def _more_readily_follows(words: list[str]) -> bool:
    """ "Add milk", "wake me up at seven", "what is the capital": all of it, or not."""
    last = words[-1]
    asks = any(word in en.ASKING for word in words)
    if _is_number(last):
        return not any(word in en.ARITHMETIC or word in ("of", "count") for word in words)
    if asks and last in en.RELATIONS and len(words) <= 4 and not en.POSSESSIVES.intersection(words):
        return True
    if words[0] in ("which", "who", "what") and last.endswith("er") and words[-2:-1] == ["is"]:
        return True
    if asks and "how" in words and "from" in words and "to" not in words:
        return last not in en.HERE
    if last in en.CLOSINGS or (asks and words[0] not in en.READILY_LONGER):
        return False
    first = next((word for word in words if word not in en.OPENERS), "")
    if first in en.ORDERS - en.AUXILIARIES and not en.SWITCHED.intersection(words):
        return True
    return any(word in en.READILY_LONGER for word in words[:6]) or " ".join(words).startswith(en.OPEN_WISHES)


def _breaks_off(words: list[str], sentence: str) -> bool:
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if not before and last in en.ASKING:
        return not sentence.endswith("?")
    if last in en.FILLERS or last in en.DETERMINERS or last in en.CONTRACTED:
        return True
    if last in en.CONJUNCTIONS:
        return not (last == "so" and before in ("think", "hope", "guess"))
    if last in en.AUXILIARIES:
        return not _may_end_with_auxiliary(words, before)
    if before in en.PHRASAL_VERBS and last in en.PARTICLES:
        return words[0] != "what"
    if last in en.PREPOSITIONS:
        return not _stranded(words, before)
    joined = " ".join(words)
    if any(joined == opening or joined.endswith(f" {opening}") for opening in en.OPENINGS):
        return not (last == "please" and len(words) > 2) and not (last == "more" and before in ("once", "any", "no"))
    return (
        _lacks_an_object(words, last, before) or _number_goes_on(words) or _waits_for_its_main_clause(words, sentence)
    )


def _lacks_an_object(words: list[str], last: str, before: str) -> bool:
    """ "What is the tallest", "how do you say", "how many people", "when does the next train"."""
    if last.endswith("est") and before == "the":
        return True
    first = words[0]
    if first in ("how", "where", "when", "can", "could", "would", "will") and last in en.NEEDS_AN_OBJECT:
        return True
    if first == "how" and len(words) <= 3 and words[1:2] in (["many"], ["much"]):
        return True
    return first in en.ASKING and words[1:2] in (["do"], ["does"], ["did"]) and before in en.BEFORE_A_NOUN


def _may_end_with_auxiliary(words: list[str], before: str) -> bool:
    """ "Yes, I do", "what time it is", "what can you do"."""
    if words[-1] in ("do", "be", "have", "did") and words[0] in en.ASKING:
        return True
    if before not in en.PRONOUNS and not before.endswith("n't"):
        return False
    return len(words) > 4 or words[0] in ("yes", "no", "yeah") or any(word in en.ASKING for word in words[:-1])


def _stranded(words: list[str], before: str) -> bool:
    """ "Where are you from?", "what is it for?", "turn the light on": the preposition stands alone."""
    last = words[-1]
    if last in ("in", "on", "by", "around", "through") and before in en.PARTICLES_AFTER:
        return True
    if last == "on" and words[0] in ("turn", "switch", "put"):
        return True
    asks = any(word in en.ASKING for word in words[:-1])
    return asks and (before in en.PRONOUNS or before in en.LEFT_ALONE_AFTER or before.endswith("ing"))


def _number_goes_on(words: list[str]) -> bool:
    """A number is dictated, or a unit is still missing ("a timer for ten")."""
    run = 0
    while run < len(words) and _is_number(words[-1 - run]):
        run += 1
    if not run:
        return False
    if run < len(words) and run == 1 and words[-2] in en.COUNTED and "o'clock" not in words and "count" not in words:
        return words[0] not in en.ASKING
    digits = sum(len(re.sub(r"\D", "", word)) or 1 for word in words[-run:])
    dictating = any(word in en.DICTATED for word in words[:-run]) or (run == len(words) and run > 2)
    return dictating and run > 1 and digits not in en.WHOLE_NUMBER_DIGITS


def _is_number(word: str) -> bool:
    return word in en.NUMBERS or word[0].isdigit()


def _waits_for_its_main_clause(words: list[str], sentence: str) -> bool:
    """ "If this is correct": what then?"""
    if words[0] not in en.SUBORDINATE or "," in sentence.rstrip(",.") or len(words) > 9:
        return False
    asks_when = words[0] == "when" and len(words) > 1 and (words[1] in en.AUXILIARIES or sentence.endswith("?"))
    return not asks_when


def _only_leads_in(words: list[str], sentence: str) -> bool:
    """ "At the tone.", "To leave a message.": no complete sentence, though the recognizer puts a stop behind it."""
    return words[0] in en.LEADING and len(words) <= 7 and "," not in sentence.rstrip(",.")
