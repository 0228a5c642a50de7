"""Free text in the words: whom, where, what to say, and what is left when everything else is taken."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gemini_emulator.responder.stemming import clean, stem, word_set, words

GONE = "\x00"
LANGUAGES = word_set(
    "afrikaans albanian arabic armenian basque bengali bulgarian catalan chinese croatian czech danish dutch "
    "english estonian finnish french german greek hebrew hindi hungarian icelandic indonesian irish italian "
    "japanese korean latin latvian lithuanian malay mandarin norwegian persian polish portuguese romanian "
    "russian serbian slovak slovenian spanish swahili swedish thai turkish ukrainian urdu vietnamese welsh"
)
_QUOTED = re.compile(
    r"(?:\b(?:saying|to say|(?:that|which) says|telling (?:him|her|them)|with the (?:text|message|words)|that)\b"
    r"|:)[ ,:]+(?P<text>.+)$",
    re.IGNORECASE,
)
_SAYING = re.compile(r"(?:\bsaying\b|\b(?:that|which) says\b|:)[ ,:]+(?P<text>.+)$", re.IGNORECASE)
_CALLED = re.compile(
    r"\b(?:called|named|titled|labell?ed|entitled|with the (?:name|title|label))\s+(?P<text>.+?)"
    r"(?=\s+(?:on|at|for|in|from|by|to)\b|\s*[,.?!\x00]|\s*$)",
    re.IGNORECASE,
)
_TITLE = r"(?:(?:dr|doctor|mr|mister|mrs|ms|miss|aunt|uncle|professor|captain)\.? )"
_SOMEBODY = rf"(?:(?:my|our) [a-z]+|the [a-z]+|{_TITLE}?[A-Za-z][\w'-]*(?:(?<=\w)(?: [A-Z][\w'-]+)+)?)"
_PERSON = (
    re.compile(rf"\b(?:to|with) (?P<who>{_SOMEBODY})"),
    re.compile(rf"\b(?:[Tt]ell|[Tt]ext|[Mm]essage|[Cc]all|[Pp]hone|[Rr]ing|[Dd]ial|[Ee]mail|[Aa]sk|[Ii]nvite"
     rf"|[Ii]nform"
               rf"|[Ww]rite|[Pp]ay|[Dd]rop|[Cc]ontact|[Ss]end|(?:[Gg]ive|[Gg]et)(?: me| us)?|[Ll]et|[Ff]or) "
               rf"(?P<who>{_SOMEBODY})"),
)  # fmt: skip
_NOBODY = word_set("a an back call if it me message phone please say text that the this to up us when")
_PLACE_ENDS = (
    r"(?=\s*(?:\x00|[,.?!](?:\s|$)|$)"
    r"|\s+(?:from|to|for|on|at|with|by|please|via|using|near|starting|checking|that|is)\b)"
)
_SORT_OF_NAME = re.compile(
    r"^like (?:on|in|at) |^how \w+ (?:is|are) (?=.* (?:on|at) )|^(?:what(?:'s| is) )?(?:the )?(?:word|definition"
    r"|meaning"
    r"|translation|price|name|score|recipe) (?:for|of|by) ",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|a|an|some|any|my)\s+", re.IGNORECASE)

VERBS = word_set(
    "add begin book buy call check convert cook bake create define explain find get give hear listen look make open "
    "order phone plan play prepare put read remember remind reserve schedule search send set show start switch take "
    "tell track translate turn write say fetch bring note log rate request cancel delete remove pause stop record"
)
ORDERS = VERBS | word_set(
    "activate adjust ask arrange begin block brew bring calculate change charge clean clear close compute continue "
    "count fetch shut wash "
    "deactivate dial dim display divide do download drop drive email enable fill finish fix go heat help "
    "increase inform "
    "jot message keep launch lead leave listen lock lower move mute navigate notify pay phone pick preheat prepare "
    "print pull push raise read repeat reply report restart resume return ring roll run save say sell share skip "
    "snooze split spell stream sum swap switch text throw transfer try turn undo unlock unmute update use vacuum wake"
)
"""Words that an order begins with."""
_DOING = ORDERS | word_set("talk speak fly travel drive go be have see meet eat drink sleep leave visit stay walk buy")
"""After "to" these are no person and no place."""
_LEAD = ORDERS | word_set(
    "a about am an any are at be been can could did do does for have hello hey hi how how's i i'd i'm in is it's "
    "know nearest next closest "
    "let like long love many me much my need of ok okay on please should so some the there to up us want wanna "
    "was we "
    "well were what what's whats when when's where where's nearest closest next which who who's why will with "
    "would you"
)
_AFTER_HEAD = word_set("a about an any at by called for from in me my of on our some that the to up us with")
_TRAIL = word_set(
    "that a again around here nearby near today tonight currently trading doing end ended an and are at by cost "
    "costs do doing for from "
    "going in into is like me mean means my now of on "
    "our please right thanks the to today's too us was with worth your"
)


def message_in(text: str, to_somebody: bool) -> re.Match[str] | None:
    """The message text: after "saying" or a colon, and with a recipient also after "that"."""
    return (_QUOTED if to_somebody else _SAYING).search(text)


def called_in(text: str) -> re.Match[str] | None:
    """A name that is given: after "called", "titled" and the like."""
    return _CALLED.search(text)


def person_in(text: str, naming: frozenset[str]) -> tuple[str, int, int] | None:
    """The person named and the place in the text. Words that name the function are not a person."""
    for pattern in _PERSON:
        at = 0
        while found := pattern.search(text, at):
            who = found["who"]
            bare = _ARTICLE.sub("", who).lower()
            doing = found[0].lower().startswith("to ") and bare.split(" ")[0] in _DOING
            if bare not in _NOBODY and stem(bare) not in naming and not doing:
                return clean(who), found.start(), found.end()
            at = found.start() + 1
    return None


def language_in(text: str) -> tuple[str, int, int] | None:
    found = [match for match in re.finditer(r"[A-Za-z]+", text) if match[0].lower() in LANGUAGES]
    if not found:
        return None
    last = found[-1]
    lead = re.search(r"(?:in|into|to)\s+$", text[: last.start()])
    return last[0], lead.start() if lead else last.start(), last.end()


def identifier_in(text: str) -> tuple[str, int, int] | None:
    """A code with digits in it, also when it was said digit by digit."""
    if (named := _NUMBERED.search(text)) and re.search(r"\d", named["code"]):
        return re.sub(r"[ -]", "", named["code"]), named.start(), named.end()
    found = re.search(r"\b(?:[A-Za-z0-9][ -]){3,}[A-Za-z0-9]\b|\b(?=[\w-]*\d)[A-Za-z0-9][\w-]{2,}\b", text)
    return (re.sub(r"[ ]", "", found[0]), found.start(), found.end()) if found else None


_NUMBERED = re.compile(
    r"\b(?:number|code|id)(?: (?:is|was))?:? (?P<code>(?:[A-Za-z]{1,3}|\d+)(?:[ -]?(?:[A-Za-z]{1,2}\b"
    r"|\d+))+)",
    re.IGNORECASE,
)
_REASON = re.compile(r"\b(?:because(?: of)?|since|for|as a)\s+(?P<why>[^\x00]+)$", re.IGNORECASE)


def reason_in(text: str) -> tuple[str, int, int] | None:
    """Why, at the end of the words: "because it is late", "for the tickets"."""
    found = _REASON.search(text)
    return (clean(found["why"]), found.start(), found.end()) if found and clean(found["why"]) else None


def after(prepositions: str, text: str) -> tuple[str, int, int] | None:
    """The words after one of these prepositions, up to the next one."""
    pattern = re.compile(rf"\b(?:{prepositions})\s+(?P<where>[^\x00]+?){_PLACE_ENDS}", re.IGNORECASE)
    at = 0
    while found := pattern.search(text, at):
        where = clean(found["where"])
        doing = found[0].lower().startswith("to ") and words(where)[:1] != [] and words(where)[0] in _DOING
        if where and where.lower() not in ("the", "a") and not doing:
            return where, found.start(), found.end()
        at = found.start() + 1
    return None


def unit_in(text: str, role: str) -> str | None:
    """The unit after the number, or the one that is wanted."""
    if role == "from":
        found = re.search(r"\x00+\s*([A-Za-z]+)", text)
    else:
        found = re.search(r"\bhow (?:many|much) ([A-Za-z]+)|\b(?:to|into|in) ([A-Za-z]+)", text, re.IGNORECASE)
    return next((part for part in found.groups() if part), None) if found else None


def left_over(text: str, naming: frozenset[str], *, commas: bool = True) -> str:
    """The longest piece that is not taken, without the words that only ask or name the function."""
    pieces, asked = [], False
    for piece in re.split(rf"{GONE}+|[{',' if commas else ''}.?!;:](?:\s|$)", text):
        said = _SORT_OF_NAME.sub("", piece.strip(), count=1).split()
        pieces.append(_stripped(said, naming, head=asked and said[:1] == ["to"]))
        asked = asked or any(stem(word.lower()) in naming for word in said)
    return max(pieces, key=len, default="")


def listed(text: str) -> list[str]:
    """ "Milk, eggs and bread" -> all three."""
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+|\s+plus\s+", text)
    return [item for part in parts if (item := _ARTICLE.sub("", clean(part)))]


def _stripped(said: list[str], naming: frozenset[str], *, head: bool = False) -> str:
    while said:
        word = said[0].lower().strip(",.?!")
        named = stem(word) in naming
        if not (word in (_AFTER_HEAD if head else _LEAD) or named):
            break
        head = head or named or word in VERBS
        said = said[1:]
    while said and (said[-1].lower().strip(",.?!") in _TRAIL or stem(said[-1].lower().strip(",.?!")) in naming):
        said = said[:-1]
    return clean(" ".join(said))


def without_article(text: str) -> str:
    return _ARTICLE.sub("", text)


def naming_stems(tokens: Iterable[str]) -> frozenset[str]:
    return frozenset(stem(token) for token in tokens)
