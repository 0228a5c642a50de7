"""What was found: a table for a terminal, JSON for programs. Pure."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Any

from bench.first_contact.evidence import Conversation
from bench.first_contact.verdicts import WORDS, Assumption, Finding, Verdict

Row = tuple[Assumption, Finding]
WIDTH = 118
_VERDICT, _SOURCE, _SENTENCE = 10, 8, 56


def table(rows: Sequence[Row], talks: Sequence[Conversation], usd: float) -> str:
    """One line for each assumption, section 10 first."""
    lines = [_line("", "source", "assumption", "what was seen"), "-" * WIDTH]
    lines += [_line(WORDS[found.verdict], row.source, row.sentence, found.seen) for row, found in rows]
    counts: Counter[Verdict] = Counter(found.verdict for _, found in rows)
    lines += ["-" * WIDTH, ", ".join(f"{counts[verdict]} {WORDS[verdict]}" for verdict in WORDS)]
    lines += [f"  {talk.name}: {talk.missed}" for talk in talks if talk.missed]
    return "\n".join([*lines, f"It cost about ${usd:.4f} by our table of prices; compare that with the bill."])


def _line(verdict: str, source: str, sentence: str, seen: str) -> str:
    head = f"{verdict:{_VERDICT}} {source:{_SOURCE}} "
    left = textwrap.wrap(sentence, _SENTENCE) or [""]
    right = textwrap.wrap(seen, WIDTH - len(head) - _SENTENCE - 1) or [""]
    count = max(len(left), len(right))
    left += [""] * (count - len(left))
    right += [""] * (count - len(right))
    pairs = [f"{first:{_SENTENCE}} {second}".rstrip() for first, second in zip(left, right, strict=True)]
    return "\n".join([head + pairs[0], *(" " * len(head) + pair for pair in pairs[1:])])


def as_json(
    rows: Sequence[Row], talks: Sequence[Conversation], *, usd: float, backend: str, when: str, estimate_usd: float
) -> str:
    document: dict[str, Any] = {
        "first_contact": 1,
        "when": when,
        "backend": backend,
        "usd": round(usd, 6),
        "estimated_usd": round(estimate_usd, 6),
        "assumptions": [
            {
                "id": row.id,
                "source": row.source,
                "assumption": row.sentence,
                "verdict": found.verdict,
                "seen": found.seen,
            }
            for row, found in rows
        ],
        "conversations": [
            {
                "name": talk.name,
                "model": talk.model,
                "location": talk.location,
                "accepted": talk.accepted,
                "refusal": talk.refusal if talk.refused else "",
                "missed": talk.missed,
                "frames": len(talk.frames),
            }
            for talk in talks
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
