"""Small talk, and questions about the engine itself: what is said to what `chatter` recognizes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from gemini_emulator.responder.answers.fallback_answers import CONNECT, fresh
from gemini_emulator.responder.answers.stories import STORIES
from gemini_emulator.responder.arguments.arithmetic import numbers
from gemini_emulator.responder.conversation_state import Functions, Memory, Reply
from gemini_emulator.responder.stemming import human
from gemini_emulator.responder.system_instruction import greeting_in, who
from gemini_emulator.responder.text_limits import MAX_HEARD_CHARS

STORY = STORIES[0]
MAX_COUNT = 60
NAMED = re.compile(
    r"^(?:(?:so|well|okay|ok|hi|hello|hey|yes|um) )*(?:my name is|call me|my name's|my names) "
    r"(?!(?:a|an|the|back|later|when|if|at|in|not|spelled|hard)\b)(?P<name>[a-z]+)\b"
)
"""The user says who they are. Of a line as `plain` makes it."""
ASKS_YOUR_NAME = "You have not told me your name yet. What is it?"
MAX_LISTED = 8
"""Functions that are read out."""

SmallTalkAnswer = Callable[[re.Match[str], Memory, Functions], Reply]


def plain(heard: str) -> str:
    """Lower case, one space between words, no punctuation but the apostrophe."""
    return " ".join(re.sub(r"[^\w\s']", " ", heard.lower()).split())


def says(*variants: str) -> SmallTalkAnswer:
    """The same thing is said in other words the next time."""

    def answer(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
        return Reply(memory, fresh(variants, memory))

    return answer


def hello(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    name = f", {memory.user_name}" if memory.user_name else ""
    if any(role == "model" for role, _ in memory.turns):
        again = (f"Hello again{name}. What can I do for you?", f"Hello{name}, I am still here.", f"Hi{name}!")
        return Reply(memory, fresh(again, memory))
    if greeting := greeting_in(memory.instruction):
        return Reply(memory, greeting)
    return Reply(memory, f"Hello{name}! I am {who(memory.instruction)}. What can I do for you?")


def named(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    name = found["name"].title()
    return Reply(replace(memory, user_name=name), f"Nice to meet you, {name}.")


def your_name(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    # A conversation that goes on from another one brings its turns only.
    told = (NAMED.search(plain(text[:MAX_HEARD_CHARS])) for role, text in reversed(memory.turns) if role == "user")
    name = memory.user_name or next((told_so["name"].title() for told_so in told if told_so), "")
    if not name:
        return Reply(memory, ASKS_YOUR_NAME)
    return Reply(memory, fresh((f"Your name is {name}.", f"You are {name}.", f"{name}, of course."), memory))


def you_said(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    last = memory.last("user").rstrip(".!?")
    return Reply(memory, f"You said: {last}." if last else "You have not said anything before that.")


def again(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    return Reply(memory, memory.last("model") or "I have not said anything yet.")


def abilities(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    names = [human(function["name"]) for function in functions if function.get("name")]
    told = replace(memory, introduced=True)
    own = "I can chat a little, do sums, flip a coin, and tell a story or a joke"
    if not names:
        return Reply(told, f"{own}. I run on this computer, without a network. {CONNECT}")
    if len(names) > MAX_LISTED:
        names = [*names[:MAX_LISTED], f"{len(names) - MAX_LISTED} more"]
    listed = ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
    return Reply(told, f"{own}. And I can use these functions: {listed}. {CONNECT}")


def counted(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    first = (numbers(found["first"] or "") or [10.0 if found["down"] else 1.0])[0]
    last = (numbers(found["last"] or "") or [1.0 if found["down"] else 10.0])[0]
    step = -1 if last < first else 1
    count = range(int(first), int(last) + step, step)[:MAX_COUNT]
    return Reply(memory, f"{', '.join(str(number) for number in count)}.")


def said_back(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    what = found["what"].strip()
    return Reply(memory, f"{what[:1].upper()}{what[1:]}.")


def greeted(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    return Reply(memory, f"Hello, {found['who'].title()}! Nice to meet you.")


def about_me(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    me = who(memory.instruction)
    told = (
        f"I am {me}. I hear and speak on this computer, without a network, and I know only a little. {CONNECT}",
        f"I am {me}, a small program on this computer. I am not Gemini, and no person.",
    )
    return Reply(replace(memory, introduced=True), fresh(told, memory))


def instructions(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    if not memory.instruction:
        return Reply(memory, "I was given no instructions.")
    taken = "offline I only take a name and a greeting from them"
    return Reply(memory, f"I was given instructions, but {taken}. Gemini follows them.")


def connect(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    return Reply(replace(memory, introduced=True), f"I am not Gemini, but you can have it. {CONNECT}")
