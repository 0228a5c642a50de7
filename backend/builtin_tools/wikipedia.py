"""`search`: the first paragraphs of Wikipedia's best match, no key needed."""

import re
from typing import Any

from builtin_tools.failure import ToolFailure
from builtin_tools.web import Web

API_URL = "https://en.wikipedia.org/w/api.php"
_SPOKEN_CHARS = 320
_EXTRACT_CHARS = 1500
_READ_CHARS = 3000

SEARCH_SCHEMA: dict[str, Any] = {
    "name": "search",
    "description": "Look up a person, place, thing or event in Wikipedia and get a short summary.",
    "parameters": {
        "type": "object",
        "properties": {"query": {"type": "string", "maxLength": 300, "description": "What to look up, in a few words"}},
        "required": ["query"],
    },
}


class Wikipedia:
    """Wikipedia client that uses one `Web`."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def search(self, query: str) -> dict[str, Any]:
        """Return the best match with its introduction, and the titles of up to two further matches."""
        body = await self._web.get_json(
            API_URL,
            {
                "action": "query",
                "format": "json",
                "formatversion": 2,
                "redirects": 1,
                "generator": "search",
                "gsrsearch": query,
                "gsrlimit": 3,
                "prop": "extracts|description|info",
                "inprop": "url",
                "exintro": 1,
                "explaintext": 1,
                "exlimit": 3,
            },
            "Wikipedia",
        )
        pages = sorted(body.get("query", {}).get("pages", []), key=lambda page: page.get("index", 99))
        if not pages:
            raise ToolFailure(f"I found nothing about {query}.", hint="Try fewer or other words.")
        best, *others = pages
        extract = str(best.get("extract") or best.get("description") or "")
        return {
            "title": best["title"],
            "extract": extract[:_EXTRACT_CHARS],
            "url": best.get("fullurl", ""),
            "see_also": [page["title"] for page in others],
            "source": "Wikipedia",
            "summary": speakable(extract) or f"I found a page called {best['title']}, without an introduction.",
        }


def speakable(text: str) -> str:
    """Return the first sentences of an article, without brackets and pronunciations, short enough to be spoken."""
    plain = _without_brackets(text[:_READ_CHARS])
    said = ""
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", " ".join(plain.split())):
        if said and len(said) + len(sentence) > _SPOKEN_CHARS:
            break
        said = f"{said} {sentence}".strip()
    return said if len(said) <= _SPOKEN_CHARS else said[:_SPOKEN_CHARS].rsplit(" ", 1)[0] + "."


def _without_brackets(text: str) -> str:
    """Leave out what stands in brackets, however deep, with the spaces before it. An unpaired bracket stays."""
    opened: list[int] = []
    spans: list[tuple[int, int]] = []
    for at, char in enumerate(text):
        if char in "([":
            opened.append(at)
        elif char in ")]" and opened:
            start = opened.pop()
            while spans and spans[-1][0] > start:
                spans.pop()
            spans.append((start, at + 1))
    kept, end = [], 0
    for start, stop in spans:
        kept.append(text[end:start].rstrip())
        end = stop
    return "".join([*kept, text[end:]])
