"""What is left when everything else is taken: the one thing that a request is about, as it was said."""

from __future__ import annotations

import re

from gemini_emulator.responder.arguments.request_words import (
    AFTER_HEAD,
    DOING,
    LEAD,
    NOBODY,
    ORDER_BEHIND,
    ORDERS,
    TRAIL,
)
from gemini_emulator.responder.stemming import clean, concepts_in, stem, words
from gemini_emulator.responder.vocabulary import PHRASAL

GONE = "\x00"
_SORT_OF_NAME = re.compile(
    r"^like (?:on|in|at) |^how \w+ (?:is|are) (?=.* (?:on|at) )|^(?:what(?:'s| is) )?(?:the )?(?:word|definition"
    r"|meaning"
    r"|translation|price|name|score|recipe) (?:for|of|by) ",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:(?:and|so|well|oh|okay|please|hey|now|then|also)\b[ ,]*)*(?:"
    r"(?:we|i)(?:'re| are|'m| am|'ve| have)?(?: (?:all|nearly|almost|completely|just|also|really|already))*"
    r" (?:out of|low on|run(?:ning)? (?:out of|low on|short of)|ran out of|need(?: to (?:buy|get|pick up|have))?|owe"
    r"|have to (?:buy|get)|got to (?:buy|get)|could use|must (?:buy|get)|got|have|left|forgot|fancy|crave"
    r"|feel like(?: \w+ing)?|lost|had|did"
    r"|took|taken|ate"
    r"|drank|swallowed|spent|bought|picked)\b"
    r"|(?:cut|kill|turn off|switch off) the power (?:to|of)\b|(?:the|my|our) \w+ (?:is|are) (?:out of|low on)\b"
    r"|\w+ ideas? (?:for|with|using)\b|(?:cook|make|find|play|show)(?: me| us)? something (?:by|from|with|like)\b"
    r"|(?:i'm|i am|we're|we are) (?:after|craving|looking for|still waiting for|waiting for)\b|got\b"
    r"|what(?:'s| is) for (?:dinner|lunch|breakfast|supper)(?: with)?\b|i (?:haven't|have not) (?:finished|read)\b"
    r"|(?:is|are) there (?:(?:any|still|some|more|enough) )*"
    r"|(?:do|have) (?:you|we|they)(?: still)? (?:have|got)(?: any)?\b"
    r"|what (?:goes|works|pairs|fits)(?: well)? with\b|(?:i'm|i am|we're|we are) in the mood for\b|(?:just "
    r"|already )?(?:had|took|taken|ate)\b"
    r"|(?:i'm|i am|we're|we are)(?: (?:not|nearly|almost|still|only|just))*(?: (?:done|finished|through|reading"
    r"|halfway through))"
    r"(?: with)?\b|there(?:'s| is| are) no (?:more )?|(?:any|some|have you|got any)? ?(?:ideas?|suggestions?"
    r"|thoughts?|tips?) (?:for|on|about|with)\b"
    r"|(?:(?:log|note|record|save|track|enter|(?:write|put|jot|note) down|(?:make|take) a note) )?(?:that )?i(?:'ve"
    r"| have| had)?(?: just| already| also)?"
    r" (?:took|taken|had|ate|did|swallowed)\b"
    r"|let(?:'s| us| me) (?:hear|have|see|watch|play|listen to)\b|don't (?:let me )?forget(?: about| to \w+)?\b"
    r"|(?:(?:can|could|may) (?:i|we) )?(?:keep|hang on to|hold on to|borrow)\b|(?:can|could|may) (?:i|we) (?:have|get"
    r"|see)\b|(?:give|get|bring|fetch|find|show|play"
    r"|read) (?:me|us|him|her|them)\b|something (?:to \w+ )?(?:by|from|with|like)\b|see|visit\b(?= ))\s*",
    re.IGNORECASE,
)
"""What only leads to the thing itself."""
_TOLD_BESIDE = (
    r",?\s+(?:and|but|so|because|since|before|until|while)\s+(?=(?:i|we|you|he|she|it|they|there|that|this)(?:'\w+)?\b)"
)
_RELATIVE = re.compile(
    r"\s+for (?:an?|another) (?:day|week|month|year)\b.*$|"
    r"\s+(?:(?:that|which) )?(?:i|we)(?:'ve|'d| have| had| just| already)* (?:\w+ed|took|taken|ate|had|bought|got"
    r"|ordered"
    r"|borrowed|need|want|like|saw|did)\b.*$|\s+that (?:takes?|is|are|has|have|needs?|goes?|works?|lasts?)\b.*$"
    r"|\s+(?:\w+ )?(?:minutes?|hours?|days?) ago\b.*$"
    r"|\s+(?:together )?with (?:my|our|some|a few) \w+(?: \w+)?$|\s+(?:the )?next time\b.*$|\s+(?:when(?:ever)?|once"
    r"|before|after|if) (?:i|we)\b.*$",
    re.IGNORECASE,
)
_TWO_WORDS = re.compile(rf"^(?:{'|'.join(sorted(PHRASAL))})\b(?= (?:the|my|our|a|an|some) )", re.IGNORECASE)
_SUBJECT = re.compile(r"\s+(?:(?:is|are) (?:due|overdue)|needs? to (?:go|be))\b.*$", re.IGNORECASE)
_POINTS = re.compile(
    r"^(?:it|that|they|this|these|those|them|something|anything|someone|somebody|everything)\b(?! \w+ \w+)|^(?:it"
    r"|they|that)\b",
    re.I,
)


_TELLS = re.compile(
    r"^(?:doesn't|isn't|don't|didn't|won't|can't|aren't|wasn't|hasn't|does not|is not)\b", re.IGNORECASE
)
"""What is said about a thing, as in "doesn't work"."""


def left_over(
    text: str,
    naming: frozenset[str],
    *,
    commas: bool = True,
    framed: bool = False,
    kept: frozenset[str] = frozenset(),
    ending: frozenset[str] = frozenset(),
    about: frozenset[str] = frozenset(),
) -> str:
    """The longest piece that is not taken, without the words that only ask or name the function.

    `framed`: only what stands in a phrase that leads to it. `kept`: words of the value, though they also name the
    function; `ending`: where they come last. `about`: the function's concepts.
    """
    pieces, asked = [], False
    for piece in re.split(rf"{GONE}+|{_TOLD_BESIDE}|[{',' if commas else ''}.?!;:](?:\s|$)", text, flags=re.IGNORECASE):
        bare = _LEADING.sub("", _TWO_WORDS.sub("", ORDER_BEHIND.sub("", piece.strip())), count=1)
        told = _SUBJECT.sub("", bare)
        said = _SORT_OF_NAME.sub("", told, count=1).split()
        head = asked and said[:1] == ["to"]
        left = _RELATIVE.sub("", _stripped(said, naming, kept, ending, about, head=head))
        if left and told != piece.strip() and not _POINTS.match(left):
            return left
        pieces.append("" if framed or _POINTS.match(left) or _TELLS.match(left) else left)
        asked = asked or any(stem(word.lower()) in naming for word in said)
    return max(pieces, key=len, default="")


_BELONGING = frozenset(["of", "for", "by", "with", "using", "about"])
_ARTICLES = frozenset(["a", "an", "the", "my", "our"])
_PORTION = re.compile(
    r"^(?:(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|\d+|another|some|more|extra|fresh|new) )*"
    r"(?:bottle|box|bag|can|copy|carton|cup|glass|jar|loaf|pack|packet|package|piece|portion"
    r"|print|round|serving|set|sheet|slice|ticket|tin|tube|unit)(?:e?s|ies)? of (?=\w)|^copies of (?=\w)",
    re.IGNORECASE,
)
""" "Boxes of metformin" are metformin."""
_DETERMINED = re.compile(r"^(?:my|our|the) (?=\w)", re.IGNORECASE)
LONE = 2
"""Words; so few verbs are nothing to look for."""
_HELPING = frozenset(["do", "have", "let", "use"])


def _stripped(
    said: list[str],
    naming: frozenset[str],
    kept: frozenset[str],
    ending: frozenset[str],
    about: frozenset[str],
    *,
    head: bool = False,
) -> str:
    before, purpose = "", head
    while said:
        word = said[0].lower().strip(",.?!")
        if stem(word) in ending and [one.lower() for one in said[1:2]] == ["of"] and said[2:] and said[2][:1].isupper():
            return _without_tail(said, naming, kept | ending)
        if before in _ARTICLES and word in ORDERS and stem(word) not in naming:
            return _without_tail(said, naming, kept | ending)
        named = stem(word) in naming and stem(word) not in kept
        named = named or (len(said) > 1 and said[1].lower() in _BELONGING and bool(concepts_in([word]) & about))
        if not (word in (AFTER_HEAD if head else LEAD) or named):
            break
        head = head or named or (word in ORDERS and word not in _HELPING)
        said, before = said[1:], word
    left = _without_tail(said, naming, kept | ending)
    left = _DETERMINED.sub("", _PORTION.sub("", left)) if _PORTION.match(left) else left
    only_verbs = not purpose and len(left.split()) <= LONE and set(words(left)) <= DOING | LEAD | NOBODY
    return "" if only_verbs else left


def _without_tail(said: list[str], naming: frozenset[str], kept: frozenset[str]) -> str:
    while said:
        word = said[-1].lower().strip(",.?!")
        named = stem(word) in naming and stem(word) not in kept and not said[-1][:1].isupper()
        if word not in TRAIL and not named:
            break
        said = said[:-1]
    return clean(" ".join(said))
