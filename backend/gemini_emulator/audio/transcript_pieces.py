"""Transcripts in pieces, to be joined as they come. Pure."""

from __future__ import annotations

_MARKS = ".,;:!?"


def in_pieces(text: str) -> list[str]:
    """As the 2.5 models send them: each word with its leading space, the mark behind it apart."""
    pieces = []
    for word in text.split():
        bare = word.rstrip(_MARKS) or word
        pieces.append(f" {bare}")
        if mark := word[len(bare) :]:
            pieces.append(mark)
    return pieces
