"""What newcomers ask for that cannot be done here, or that needs no knowledge: answered with a way to go on.

Asked after the declared functions: one that can do it does it.
"""

from __future__ import annotations

import re
from datetime import datetime

from gemini_emulator.responder.answers import stories
from gemini_emulator.responder.answers.fallback_answers import fresh
from gemini_emulator.responder.conversation_state import Memory

_MOVES = ("rock", "paper", "scissors")
_TAKES = "I take {}. And you?"
_WISHES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), variants)
    for pattern, variants in (
        (r"\bplay\b.*\b(?:music|songs?|jazz|radio|rock|pop|playlist|beatles)\b|\bput on some music\b",
         ("I can't play music here, but I could sing a line for you. Shall I?",)),
        (r"\b(?:turn|switch|dim)\b.*\b(?:lights?|lamps?|heating|tv|television|fan|oven)\b|\block the door\b",
         ("I can't reach anything in your home from here, sorry. But I can set a timer or tell you a joke. "
          "Would you like a joke?",)),
        (r"\b(?:the )?(?:news|headlines)\b",
         ("I don't get the news here, sorry. But I can tell you a fun fact or look at "
          "a country with you. Which country are you curious about?",)),
        (r"\b(?:call|phone|text|email|message)\b (?:my|mom|dad|him|her|the)\b|\bsend (?:a|an"
         r"|my)\b.*\b(?:message|email|text)\b",
         ("I can't call or write to anybody, sorry. Is there something that I can tell you instead?",)),
        (r"\border\b.*\b(?:pizza|food|taxi|uber|something)\b|\bbuy\b.*\b(?:me|for me)\b",
         ("I can't order anything, sorry. But I can set a timer for when you cook it yourself.",)),
        (r"\b(?:what|any)\b.*\b(?:eat|cook|make|have|dinner|lunch|breakfast|recipe)\b.*\b(?:for )?(?:dinner"
         r"|lunch|breakfast|tonight|eat|today|ideas?)\b"
         r"|\bi(?:'m| am) (?:so )?hungry\b", stories.MEALS),
        (r"\b(?:dollars?|bucks?|euros?|pounds?|quid|yen|francs?|rupees?|pesos?|cents?)\b.*\b(?:in|to|into|worth)\b.*"
         r"\b(?:dollars?|bucks?|euros?|pounds?|quid|yen|francs?|rupees?|pesos?|yuan|won|crowns?|kroner?)\b"
         r"|\bexchange rates?\b",
         ("Exchange rates change every day, and I don't have today's. Your bank knows it exactly.",)),
        (r"\bwho(?:'s| is) the (?:current )?(?:president|prime minister|chancellor|king|queen|pope|mayor|head) of\b",
         ("That can change with every election, and I don't get the news, so I'd rather not guess. I can tell you "
          "about the "
          "country, though. What would you like to know?",)),
        (r"\b(?:stock|share) price\b|\bbitcoin\b|\bwho won\b.*\b(?:game|match|last night|yesterday|today)\b",
         ("That changes all the time, and I'm offline, so I can't know. What else can I do for you?",)),
        (r"\bbark\b|\bmeow for me\b", ("Woof! Was that good enough?",)),
    )
)  # fmt: skip


def answer(said: str, memory: Memory, now: datetime | None) -> str:
    """Nothing when it is none of these."""
    if played := _rock_paper_scissors(said, memory):
        return played
    return next((fresh(variants, memory) for pattern, variants in _WISHES if pattern.search(said)), "")


def subject(said: str) -> str:
    """The words by which one of these is recognized; nothing when it is none."""
    found = next((found for pattern, _ in _WISHES if (found := pattern.search(said))), None)
    return found[0] if found else ""


def _rock_paper_scissors(said: str, memory: Memory) -> str:
    mine = next((move for move in _MOVES if memory.last("model").endswith(_TAKES.format(move))), "")
    yours = next((move for move in _MOVES if re.search(rf"\b{move.rstrip('s')}s?\b", said, re.I)), "")
    if not mine or not yours or len(said.split()) > 4 or {"rock", "paper"} <= set(said.lower().split()):
        return ""
    lead = (_MOVES.index(yours) - _MOVES.index(mine)) % 3
    ended = ("We both took {yours}: a draw.", "{Yours} beats {mine}. You win!", "{Mine} beats {yours}. I win!")[lead]
    told = ended.format(yours=yours, Yours=yours.capitalize(), mine=mine, Mine=mine.capitalize())
    return f"{told.replace('Scissors beats', 'Scissors beat')} That was fun."
