"""Tells a request (something to do or to know) from a statement by how the sentence is put."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from gemini_emulator.responder.arguments.request_words import ORDERS
from gemini_emulator.responder.functions.paraphrases import NEEDS
from gemini_emulator.responder.vocabulary import IRREGULAR, PHRASAL

_CLAUSE = re.compile(
    r"(?<=[a-z0-9])[.!?;]\s+|,\s+(?:so|but|please)?\s*(?=\w)|\s+(?:so|but)\s+"
    r"|\s+and\s+(?=(?:please |then )*(?:can|could|would|will) you\b)"
    r"|(?<=\w)\s+(?=(?:(?:can|could|would|will) you (?:please |maybe )?\w+ |please \w+ (?:the|a|an|my|me|it)\b))",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(?:(?:please|hey|hi|hello|so|okay|ok|well|and|oh|um|uh|then|now|also|yes|no(?! need)|nope|sorry|excuse me|just"
    r"|quick(?:ly)?|alright|all right|right|actually|maybe|kindly|go ahead and)\b[ ,.!]*)+",
    re.IGNORECASE,
)
_FILLED = re.compile(
    r"(?:^|(?<=[\w,.?!]))[ ,]*\b(?:u+m+|u+h+|e+r+m*|h+m+|a+h+|you know)\b,?(?=\s|[.?!]|$)", re.IGNORECASE
)
_NEGATED = re.compile(
    r"^(?:do not|don't|dont|never|no need|not|no|without|stop|quit|forget|skip|leave)\b(?! (?:playing|navigat"
    r"|record))"
    r"|^(?:you|we|i) (?:do not|don't|dont|needn't|need not|must not|mustn't|should not|shouldn't|never|won't|will not"
    r"|cannot|can't|didn't|did not|wouldn't|would not|haven't|have not)\b",
    re.IGNORECASE,
)
_REMINDED = re.compile(r"^(?:do not|don't|dont) (?:forget|let (?:me|us) forget)\b", re.IGNORECASE)
_SWITCHED_OFF = re.compile(r"^(?:stop|quit|skip) (?:the|this|my|that) (?!talk)\w+", re.IGNORECASE)
_UNREAL = re.compile(
    r"^(?:if|when|imagine|suppose|what if) (?:i|we|he|she|it|they|you|there|my \w+) (?:were|was|had|could|would"
    r"|did)\b"
    r"|^(?:imagine|suppose|one day|some ?day)\b|\b(?:would be|wish (?:i|we|my|the|it|you|that|there)|would have)\b"
    r"|^(?:i|we|you|he|she|they)(?: \w+)? (?:might|could|should|would rather|used to|ought)\b"
    r"(?! (?:use|do with|really use))"
    r"|^(?:i|we|he|she|they)(?:'d| had) (?:rather|better)\b|^(?:perhaps|maybe) (?:i|we|he|she|they|it)\b"
    r"|\bwas (?:just )?(?:going|about|thinking)\b|\b(?:some time|some day|one day|someday)$",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"^(?!(?:please|can|could|would|will|what|which|who|how|did|do|does|when|where)\b)"
    r"(?:(?!(?:i|to|you)\b)[\w']+ ){1,3}?"
    r"(?:said|says|say|saying|told|tells|asked|asks|wants?|wanted|thinks?|thought|needs?|promised|wrote|shouted)\b"
    r"|^i(?:'ve| have|'m| was| just| already)* (?:told|tell|asked|thought|telling|asking)\b",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"^(?:if you (?:don't mind|can|could|would|like)[, ]+)?"
    r"(?:(?:can|could|would|will) (?:you|we|i|somebody|anybody|someone)|(?:may|might) (?:i|we)|would you mind"
    r"|(?:i|we) (?:want|need|would like|'d like) you to|(?:i|we)'d like you to|you (?:can|could)"
    r"|i was wondering (?:if|whether) you (?:can|could|would)|do you think you (?:can|could)"
    r"|(?:i'd|i would) (?:appreciate it|be (?:glad|happy|grateful)) if you (?:can|could|would)"
    r"|any chance (?:you|of|that you)"
    r"|is there (?:any|a) (?:chance|way) (?:you|that you|to|of)|remember to|be so kind (?:as to|and)"
    r"|are you able to|is it possible to|would it be possible to|i said)\b"
    r"(?:,? (?:please|maybe|perhaps|just|possibly|can|could|kindly)\b)*",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"^(?:my \w+ and i|me and my \w+|[a-z]+ and i) (?:would like|want|need|are looking|would love)\b"
    r"|^(?:i|we)(?:'d|'ll)? ?(?:would |really |just |also )*"
    r"(?:want|need|wanna|like to|like a|like an|like some|like \w+ (?:pizza|ticket)|take a|have a|have to know"
    r"|am looking for|'m looking for|could (?:really )?(?:use|do with))\b"
    r"|^(?:i'd|i would|we'd|we would) (?:like|love)\b|^(?:i'm|i am|we're|we are) looking for\b"
    r"|^(?:i|we)(?: have|'ve got| have got)(?: really)? to (?!be\b|go\b(?! to (?:the|a|my)\b)|say\b|admit\b|think\b)"
    r"|^(?:i|we) gotta\b|^(?:i|we) should (?:really )?(?:see|book|buy)\b"
    r"|^(?:i|we) must (?!be\b|say\b|admit\b|have\b|not\b)|^(?:let's|let us|let me|how about (?:some|a|you)"
    r"|time (?:to|for))\b",
    re.IGNORECASE,
)
_TELLING = re.compile(
    r"^(?:(?:i|we|you|he|she|they|it|its|that|this|there|theres|these|those|everybody|everyone|someone|nobody)"
    r"(?:'\w+)?\b|my \w+|our \w+|his \w+|her \w+|their \w+"
    r"|(?:the|a|an|this|that|all) (?:[\w']+ ){1,6}?"
    r"(?:is|are|was|were|has|had|have|looks?|seems?|tastes?|sounds?|went|came|does|did|makes?|made|won|lost)\b"
    r"|(?:yesterday|last (?:night|week|month|year|summer|winter|time)) )",
    re.IGNORECASE,
)
_RUN_ON = re.compile(
    r"(?=(?:^|[,.;] )(?P<told>(?:i'm|i am|we're|we are|it's|it is|its|that's|there's|there is"
    r"|the \w+(?: \w+)? (?:is|are|needs?)"
    r"|my \w+ (?:is|are|needs?)|we need|i need)\b[^,.;?!]*?) "
    r"(?P<verb>[a-z]+) (?:the|an?|my|our|it|some|me|on|off|up|down|\d+|[a-z]+ (?:on|to|in|at|for|off)) )",
    re.IGNORECASE,
)
"""Something told, and an order right behind it."""
_COMMENT = re.compile(
    r"(?:^|[,.;] )(?:and |but |well,? )*(?:that's|that is|that was|it's|it is|it was|what an?|isn't (?:that|it|he|she))"
    r" (?:(?:pretty|quite|really|so|very|such|rather|just|all|a bit|too|not|a) )*"
    r"(?:amazing|awesome|awful|bad|beautiful|brilliant|brutal|crazy|cool|cute|delicious|dreadful|expensive|fantastic"
    r"|fun|funny|good|great|horrible|impressive|incredible|insane|interesting|lot|lovely|mad|nice|odd|pity|ridiculous"
    r"|shame|strange|terrible|weird|wonderful)\b",
    re.IGNORECASE,
)
"""An opinion about what was named before."""
_THINKING_ALOUD = re.compile(r",? (?:do|don't|wouldn't) you (?:think|agree|say|find|reckon)\W*$", re.IGNORECASE)
_NO_END = re.compile(
    r"\b(?:to|not|i|you|we|they|he|she|it|and|or|when|who|that|don't|people|friends|can|could|will|would|the|an?"
    r"|my|your|some"
    r"|for|of|need|needs|with|no|in|at|so|very|too|is|are|am|it's|i'm|that's)$",
    re.IGNORECASE,
)
SPELLINGS = frozenset(["colour", "litre", "metre", "centre", "grey", "favourite", "programme", "theatre"])
"""Forms of nouns, which tell nothing of the past."""
_PAST = "|".join(
    sorted(
        IRREGULAR.keys() - {"children", "feet", "men", "people", "teeth", "women", "frozen", "lit", "lost"} - SPELLINGS
    )
)
_FINITE = re.compile(
    r"^(?:[\w'-]+ ){1,4}(?:is|are|was|were|am|has|had|have|does|did|makes|made|makes|scares?|helps?|went|came|goes"
    rf"|took|{_PAST}"
    r"|used to|became|looks|seems|feels|felt|loves?|hates?|likes?|leaves|(?<!rear )(?<!front )(?<!the )left|got|lost"
    r"|won|isn't|aren't|wasn't|doesn't|didn't"
    r"|(?!hundred|speed|indeed|sided)\w{3,}ed)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"^(?:what|what's|whats|who|who's|whose|where|where's|wheres|when|when's|why|how|how's|hows|which|is|are|am"
    r"|was|were|will"
    r"|does|do|did|can|could|would|should|any|may|shall|have|has|isn't|aren't|(?:by|until|till|since|from) (?:when"
    r"|what|which|where)"
    r"|for how (?:long|many)|at what|in which|to which|on which)\b"
    r"|^(?:i (?:want|would like|need|have) to know|i'd like to know|i wonder|tell me|let me know|do you know)\b",
    re.IGNORECASE,
)
_OPINION = re.compile(
    r"\bdo you (?:\w+ )?(?:think|like|love|hate|enjoy|prefer|feel|believe|have (?:a|any) (?:favou?rite|opinion))\b"
    r"(?! you (?:can|could))|\bwhat(?:'s| is) your (?:favou?rite|opinion)\b|\bare you (?!able)"
    r"|\bhave you (?:ever )?\b"
    r"|\bdid you\b|\bwhat do you think\b|\bhow do you feel\b",
    re.IGNORECASE,
)
_ABLE = re.compile(
    r"^(?:(?:can|could) you|are you (?:able|allowed) to|do you know how to|do you (?:also )?do"
    r"|is it possible (?:for you )?to|are you capable of) (?:also |even |actually "
    r"|really )*(?P<what>.+?)(?: (?:too|as well|also))?[ .?!]*$",
    re.IGNORECASE,
)
_DETERMINED = re.compile(
    r"\b(?:the|a|an|my|our|your|his|her|this|that|these|some|me|us|it|him|them|please|now|to|for|in|at|on|off|up"
    r"|down)\b|\d",
    re.IGNORECASE,
)


MAX_ABLE = 4
"""Words of "set alarms" in "can you set alarms?"."""


class Manner(StrEnum):
    """How something is asked for."""

    ORDER = "order"
    """Told to do it, however politely."""
    WISH = "wish"
    QUESTION = "question"
    FRAGMENT = "fragment"
    """Words without a verb: "lights off", but also "oh, the weather"."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The words from the first clause on that asks for something."""

    words: str
    manner: Manner
    for_others: bool = False
    """ "Table seven would like ...": only meant for a function that is plainly about it."""


def plain(heard: str) -> str:
    """The words without hesitation sounds and without typical recognition errors."""
    line = " ".join(_FILLED.sub("", heard).split()).lstrip(" ,") or heard
    return re.sub(r"\b(the|what|how'?s?(?: is)? the|current) whether\b", r"\1 weather", line, flags=re.IGNORECASE)


def wish(heard: str, verbs: frozenset[str] = frozenset()) -> Wish | None:
    """None when all of the words only tell. `verbs`: with what else an order may begin."""
    whole = plain(heard)
    if _THINKING_ALOUD.search(whole):
        return None
    fragment: Wish | None = None
    for start in _starts(whole):
        rest = whole[start:].strip()
        clause = _POLITE.sub("", _own(rest)).strip()
        if not clause:
            continue
        if _reports(clause) or (_UNREAL.search(clause) and not _WISH.search(clause)):
            return None
        if refuses(clause) or re.match(
            r"^(?:if|when|because|since|as)\b(?!'s)(?! (?:is|does|do|did|will|was|are|were|can|should|has)\b)",
            clause,
            re.I,
        ):
            continue
        manner = _manner(clause, verbs)
        if manner is Manner.FRAGMENT and len(clause.split()) == 1 and len(clause) < len(rest.strip(" .?!")) - 8:
            continue
        if manner is Manner.FRAGMENT and start > 0:
            fragment = fragment or Wish(rest, manner)
        elif manner:
            if manner is Manner.FRAGMENT and _COMMENT.search(rest):
                return None
            if manner is Manner.FRAGMENT and NEEDS.search(rest):
                manner = Manner.WISH
            return Wish(_bare(rest) if manner is Manner.ORDER else rest, manner)
    return fragment


_TAKEN_BACK = re.compile(
    r"(?:^|[,.;!?-] *)(?:(?:oh|no|ah|well|actually|wait|hm+|on second thoughts?|you know what|but)\b[ ,]*)*"
    r"(?:forget (?:it|that|about it)|never ?mind(?: that)?|leave it(?: be)?|scratch that|don't bother|cancel that"
    r"|i changed my mind|i've changed my mind|don't(?: do (?:it|that))?)"
    r"(?:$|[,.;!?](?! *(?:just|instead|make|rather)).*$)",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"^(?:they|(?:the|our|a) [\w']+(?: (?!you\b|i\b|we\b|do\b|asked|said|told|thinks?\b|who\b|that\b)[\w']+){0,4}?"
    r"|(?:table|room|seat|guest) \w+)(?:(?:'d| would) (?:like|love)|(?:'ll| will) (?:have|take)| wants?)(?: to)?"
    r" (?!me\b|you to\b|us\b|to (?:be|know|go)\b|be\b|know\b|go (?:to|on|home)\b)",
    re.IGNORECASE,
)


def takes_back(heard: str) -> bool:
    """ "Water the lawn... oh, forget it": nothing is wanted any more."""
    found = _TAKEN_BACK.search(plain(heard))
    return bool(found) and found is not None and found.start() > 0


def wish_of_others(heard: str) -> Wish | None:
    """ "Table seven would like two soups", "they'd like to pay"."""
    clause = _POLITE.sub("", plain(heard)).strip()
    if not _OTHERS.search(clause) or clause.endswith("?") or _UNREAL.search(clause):
        return None
    return Wish(clause, Manner.WISH, for_others=True)


def is_fragment(heard: str) -> bool:
    """Words without a verb."""
    found = wish(heard)
    return found is not None and found.manner is Manner.FRAGMENT


def refuses(heard: str) -> bool:
    """ "Don't turn on the light", "not the bedroom", "forget the music"."""
    clause = _POLITE.sub("", plain(heard).strip())
    if re.match(r"^(?:no|not|don't|never)\b", heard.strip(), re.I) and not clause.strip(" .!"):
        return True
    return bool(_NEGATED.search(clause)) and not _REMINDED.search(clause) and not _SWITCHED_OFF.search(clause)


def asks_ability(heard: str) -> bool:
    """ "Can you set alarms?", and not "can you set an alarm for six?"."""
    found = _ABLE.match(_POLITE.sub("", plain(heard).strip()))
    if found is None or len(found["what"].split()) > MAX_ABLE:
        return False
    return not re.match(r"can|could", found[0], re.IGNORECASE) or not _DETERMINED.search(found["what"])


def _reports(clause: str) -> bool:
    first = re.split(r"\W+", clause.lower(), maxsplit=1)[0]
    return (
        bool(_REPORTED.search(clause)) and not NEEDS.search(clause) and not _WISH.search(clause) and first not in ORDERS
    )


def _starts(heard: str) -> list[int]:
    """Where clauses begin, also where a recognizer writes no full stop: "it is dark turn on the light"."""
    found = {0, *(found.end() for found in _CLAUSE.finditer(heard))}
    for order in _RUN_ON.finditer(heard):
        if order["verb"].lower() in ORDERS and not _NO_END.search(order["told"]):
            found.add(order.start("verb"))
    return sorted(found)


def _bare(rest: str) -> str:
    """The order itself, without the courtesy in front."""
    while (shorter := _ORDERED.sub("", _POLITE.sub("", rest).strip(), count=1).strip(" ,")) not in ("", rest):
        rest = shorter
    return rest


def orders(heard: str, verbs: frozenset[str] = frozenset()) -> list[str]:
    """The clauses after the first that tell to do something: "we need eggs, put six on the list"."""
    whole = plain(heard)
    found = [whole[start:].strip() for start in _starts(whole)[1:]]
    return [_bare(part) for part in found if _manner(_POLITE.sub("", _own(part)).strip() or "i", verbs) is Manner.ORDER]


def _own(rest: str) -> str:
    """The first of these clauses."""
    found = _CLAUSE.search(rest)
    return rest[: found.start()] if found and found.start() > 0 else rest


_DID_THAT = re.compile(
    r"^did (?:an?|some|my|\d+|\w+teen|\w+ty|one|two|three|four|five|six|seven|eight|nine|ten)\b[^?]*$", re.IGNORECASE
)
_HAVE_DONE = re.compile(
    r"^(?:can|could|would) (?:the|my|our) [\w ]{2,30} (?:go|be|come|turn|get)(?: turned| switched| set)? (?:on|off|up"
    r"|down"
    r"|open|opened|closed)\b|^have (?:[A-Z][a-z]+ [a-z]+|(?:the|my|our|some|an?|it|them) [^?]*(?:at|on|to|off|ready"
    r"|delivered|sent|brought"
    r"|done|\w+ed)\b[^?]*$)"
)


_STATES_SOMETHING = re.compile(
    r"^(?!.*\b(?:how|what|which|who|where|when)\b)[^,;:?]*\b(?:is|are|was|were|isn't|aren't|wasn't|weren't|hardly"
    r"|never|always|often|usually|rarely|seldom|sometimes"
    r"|everywhere)\b[^?]*$",
    re.IGNORECASE,
)
"""Words without a verb that could lead a request, but with one that tells."""


def _manner(clause: str, verbs: frozenset[str]) -> Manner | None:
    if _HAVE_DONE.search(f"{clause[:1].lower()}{clause[1:]}"):
        return Manner.ORDER
    if _DID_THAT.search(clause):
        return None
    if _REMINDED.search(clause) or _ORDERED.search(clause):
        return Manner.ORDER
    if _OPINION.search(clause):
        return None
    if _QUESTION.search(clause):
        return Manner.QUESTION
    if _WISH.search(clause) or NEEDS.search(clause):
        return Manner.WISH
    if _TELLING.search(clause):
        return None
    first = re.split(r"[\s,.?!:]+", clause.lower(), maxsplit=1)[0]
    if first in ORDERS or any(one.startswith(f"{first} ") for one in PHRASAL if one in clause.lower()):
        return Manner.ORDER
    if _FINITE.search(clause):
        return None
    if first in verbs:
        return Manner.ORDER
    return None if _STATES_SOMETHING.search(clause) else Manner.FRAGMENT
