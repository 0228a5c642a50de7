"""Put what a backend's schema cannot express into descriptions."""

import json
from collections.abc import Sequence
from typing import Any

MAX_DESCRIPTION_CHARS = 4_000


def described(schema: dict[str, Any], notes: Sequence[str]) -> dict[str, Any]:
    """`schema` with `notes` at the end of its description."""
    words = [note for note in dict.fromkeys(notes) if note]
    if not words:
        return schema
    said = str(schema.get("description", "")).rstrip()
    if said and said[-1] not in ".!?:":
        said += "."
    sentences = [f"{note[0].upper()}{note[1:]}." for note in words]
    whole = " ".join([said, *sentences] if said else sentences)
    return {**schema, "description": whole[:MAX_DESCRIPTION_CHARS]}


def needed_together(required: Sequence[Sequence[str]], always: Sequence[str]) -> str:
    """Which arguments belong together, where one of several lists must be given."""
    lists = [[name for name in names if name not in always] for names in required]
    said = list(dict.fromkeys(" and ".join(names) for names in lists if names))
    if not said:
        return ""
    beginning = "give" if all(lists) else "if anything more, give"
    return f"{beginning} {'; or '.join(said)}"


def text_of(value: Any) -> str:
    """How a value of an enumeration is written where only texts may stand: 60 as "60", true as "true"."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
