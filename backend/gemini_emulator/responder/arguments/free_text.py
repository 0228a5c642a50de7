"""Free text in the words: whom, where, what to say, and what is left when everything else is taken."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gemini_emulator.responder.arguments.request_words import DOING, LEAD, NOBODY, ORDER_BEHIND, ORDERS
from gemini_emulator.responder.stemming import clean, stem, word_set, words

LANGUAGES = word_set(
    "afrikaans albanian arabic armenian basque bengali bulgarian catalan chinese croatian czech danish dutch "
    "english estonian finnish french german greek hebrew hindi hungarian icelandic indonesian irish italian "
    "japanese korean latin latvian lithuanian malay mandarin norwegian persian polish portuguese romanian "
    "russian serbian slovak slovenian spanish swahili swedish thai turkish ukrainian urdu vietnamese welsh"
)
_QUOTED = re.compile(
    r"(?:\b(?:saying|to say|(?:that|which) says|telling (?:him|her|them)|with the (?:text|message|words)|that"
    r"|(?<=\w )know(?! that))\b"
    r"|:)[ ,:]+(?P<text>.+)$",
    re.IGNORECASE,
)
_SAYING = re.compile(r"(?:\bsaying\b|\b(?:that|which) says\b|:)[ ,:]+(?P<text>.+)$", re.IGNORECASE)
_CALLED = re.compile(
    r"\b(?:called|named|titled|the (?:topic|title|subject|name|label) (?:is|should be|being)|labell?ed|entitled"
    r"|with the (?:name|title|label))\s+(?P<text>.+?)"
    r"(?=\s+(?:on|at|for|in|from|by|to)\b|\s*[,.?!\x00]|\s*$)"
    r"|\b(?:call|name|title|label) it (?P<it>.+?)(?=\s*[,.?!\x00]|\s*$)",
    re.IGNORECASE,
)
_TITLE = r"(?:(?:dr|doctor|mr|mister|mrs|ms|miss|aunt|uncle|professor|captain)\.? )"
_SOMEBODY = (
    r"(?:(?:my|our|the) [a-z]+(?: [a-z]+){1,2}(?=\s*(?:\x00|[,.?!]|$))|(?:my|our) [a-z]+|the [a-z]+"
    rf"|{_TITLE}?(?:[A-Z][\w'-]*(?: [A-Z][\w'-]+)*|[a-z][\w'-]*))"
)
_PERSON = (
    re.compile(rf"\b(?:to|with) (?P<who>{_SOMEBODY})"),
    re.compile(
        r"\b(?:picture|photo|shot|pic|image|snap)s? (?:of|with) (?P<who>(?:my |our )?(?:[A-Z]\w+|grandma|grandpa|granny"
        r"|mum|mom|dad|sister|brother|mother|father|wife|husband|son|daughter|uncle|aunt)\b)"
    ),
    re.compile(rf"\b(?:[Tt]ell|[Tt]ext|[Mm]essage|[Cc]all|[Pp]hone|[Rr]ing|[Dd]ial|[Ee]mail|[Aa]sk|[Ii]nvite"
     rf"|[Ii]nform"
               rf"|[Ww]rite|[Pp]ay|[Dd]rop|[Oo]we|[Ww]ire|[Ss]hoot|[Ll]end|[Mm]ail|[Pp]ing|[Rr]emind|[Hh]ave|[Mm]ark"
               rf"|[Rr]epay"
               rf"|[Cc]ontact|[Ss]end|(?:[Gg]ive|[Gg]et)(?: me| us)?|[Ll]et|[Ff]or) "
               rf"(?P<who>{_SOMEBODY})"),
)  # fmt: skip
_PLACE_ENDS = (
    r"(?=\s*(?:\x00|[,.?!](?:\s|$)|$)"
    r"|\s+(?:from|to|for|on|at|with|by|please|via|using|near|starting|checking|that|is|towards|toward|into|soon|now"
    r"|today"
    r"|tonight|tomorrow|next|again|currently|as well|too|instead|also|in the direction|isn't|doesn't|don't|won't|does"
    r"|has|have|needs?|keeps?|looks?|seems?|because|but|while|since|who|which|where|and (?:i|we|it|he|she|they)"
    r"|twice|once|still|yet|already)\b)"
)
_ARTICLE = re.compile(r"^(?:the|a|an|some|any|my|our)\s+", re.IGNORECASE)


def message_in(text: str, to_somebody: bool) -> re.Match[str] | None:
    """The message text: after "saying" or a colon, and with a recipient also after "that"."""
    return (_QUOTED if to_somebody else _SAYING).search(text)


def called_in(text: str) -> re.Match[str] | None:
    """A name that is given: after "called", "titled" and the like."""
    return _CALLED.search(text)


def person_in(text: str, naming: frozenset[str], *, any_name: bool = False) -> tuple[str, int, int] | None:
    """The person named and the place in the text. Words that name the function are not a person.

    `any_name`: a capital tells one where no verb or preposition does.
    """
    found = [one for pattern in _PERSON for one in _people(pattern, text, naming)]
    named = [one for one in found if one[0][:1].isupper()]
    if named or found:
        return min(named, key=lambda one: one[1]) if named else found[0]
    return name_in(text, naming) if any_name else None


def _people(pattern: re.Pattern[str], text: str, naming: frozenset[str]) -> list[tuple[str, int, int]]:
    out, at = [], 0
    while found := pattern.search(text, at):
        who = found["who"]
        bare = _ARTICLE.sub("", who).lower()
        doing = found[0].lower().startswith("to ") and bare.split(" ")[0] in DOING
        if bare not in NOBODY and stem(bare) not in naming and not doing:
            out.append((clean(who).removesuffix("'s"), found.start(), found.end()))
        at = found.start() + 1
    return out


def name_in(text: str, naming: frozenset[str]) -> tuple[str, int, int] | None:
    """A name by its capital: "Noah's grade", "What did Emma get?"."""
    for found in re.finditer(r"\b[A-Z][a-z]+(?:[- ][A-Z][a-z]+)?(?='s\b|\b)", text):
        first = found[0].split()[0].lower()
        if first not in LEAD | ORDERS | NOBODY | LANGUAGES | _DAYS_AND_MONTHS and stem(first) not in naming:
            return found[0], found.start(), found.end()
    return None


_DAYS_AND_MONTHS = word_set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september "
    "october november december today tomorrow tonight"
)


def language_in(text: str) -> tuple[str, int, int] | None:
    found = [match for match in re.finditer(r"[A-Za-z]+", text) if match[0].lower() in LANGUAGES]
    if not found:
        return None
    last = found[-1]
    lead = re.search(r"(?:in|into|to)\s+$", text[: last.start()])
    return last[0], lead.start() if lead else last.start(), last.end()


def identifier_in(text: str, nouns: Iterable[str] = ()) -> tuple[str, int, int] | None:
    """A code with digits in it, also when it was said digit by digit; a short one behind one of the nouns."""
    if (named := _NUMBERED.search(text)) and re.search(r"\d", named["code"]):
        return re.sub(r"[ -]", "", named["code"]), named.start(), named.end()
    found = re.search(
        r"\b(?:[A-Za-z0-9][ -]){3,}[A-Za-z0-9]\b|\b\d+(?: \d+)+\b|\b(?=[\w-]*\d)[A-Za-z0-9][\w-]{2,}\b"
        r"|\b(?:\d[A-Za-z]|[A-Za-z]\d)\b",
        text,
    )
    listed = "|".join(re.escape(noun) for noun in nouns)
    if not found and listed and (short := re.search(rf"\b(?:{listed})s? (?P<code>\d+)\b", text, re.IGNORECASE)):
        return short["code"], short.start(), short.end()
    return (re.sub(r"[ ]", "", found[0]), found.start(), found.end()) if found else None


_NUMBERED = re.compile(
    r"\b(?:number|code|id)(?: (?:is|was))?:? (?P<code>(?:[A-Za-z]{1,3}|\d+)(?:[ -]?(?:(?!(?:is|in|on|at|to|of|by|or"
    r"|an?|it|my|me|we|do|so|no|up|if|as|be|i|us|am)\b)[A-Za-z]{1,2}\b"
    r"|\d+))+)",
    re.IGNORECASE,
)
_REASON = re.compile(r"\b(?:because(?: of)?|since|for|as a)\s+(?P<why>[^\x00]+)$", re.IGNORECASE)


def reason_in(text: str) -> tuple[str, int, int] | None:
    """Why, at the end of the words: "because it is late", "for the tickets"."""
    found = _REASON.search(ORDER_BEHIND.sub("", text))
    why = clean(re.sub(r",?\s+(?:please|thanks|thank you)\W*$", "", found["why"], flags=re.IGNORECASE)) if found else ""
    return (why, found.start(), found.end()) if found and why else None


_INFINITIVE = re.compile(
    r"\b(?:need|needs|want|wants|like|love|have|has|going|plan|try|trying|ready|able|time|how) $", re.IGNORECASE
)
_NOWHERE = frozenset(["the", "a", "here", "there", "it", "that", "this", "me", "us", "them"])
_NEXT_ORDER = re.compile(
    rf",?\s+(?:and|then) (?:then |please )?(?:avoid|{'|'.join(sorted(ORDERS))})\b.*$", re.IGNORECASE
)


def before(nouns: Iterable[str], text: str) -> tuple[str, int, int] | None:
    """The words in front of one of these nouns: "the downtown store"."""
    listed = "|".join(sorted(re.escape(noun) for noun in nouns))
    pattern = rf"\b(?:the|at|in|our|my)\s+(?P<where>[^\x00,.?!]{{2,40}}?)\s+(?:{listed})\b" if listed else ""
    found = re.search(pattern, text, re.IGNORECASE) if pattern else None
    return (clean(found["where"]), found.start(), found.end()) if found else None


def after_noun(nouns: Iterable[str], text: str) -> tuple[str, int, int] | None:
    """What follows the parameter's own word: "with stops in Dijon and Beaune"."""
    listed = "|".join(sorted(re.escape(noun) for noun in nouns))
    found = re.search(
        rf"\b(?:with )?(?:{listed})s?(?: (?:in|at|of|are|like|such as))?:? (?P<what>[^\x00.?!]+)", text, re.IGNORECASE
    )
    return (clean(found["what"]), found.start(), found.end()) if found and clean(found["what"]) else None


def after(prepositions: str, text: str) -> tuple[str, int, int] | None:
    """The words after one of these prepositions, up to the next one."""
    pattern = re.compile(rf"\b(?:{prepositions})\s+(?P<where>[^\x00]+?){_PLACE_ENDS}", re.IGNORECASE)
    at = 0
    while found := pattern.search(text, at):
        where = clean(_NEXT_ORDER.sub("", found["where"]))
        doing = found[0].lower().startswith("to ") and words(where)[:1] != [] and words(where)[0] in DOING
        doing = doing or (found[0].lower().startswith("to ") and bool(_INFINITIVE.search(text[: found.start()])))
        if where and where.lower() not in _NOWHERE and not doing:
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


def without_article(text: str) -> str:
    return _ARTICLE.sub("", text)


def naming_stems(tokens: Iterable[str]) -> frozenset[str]:
    return frozenset(stem(token) for token in tokens)
