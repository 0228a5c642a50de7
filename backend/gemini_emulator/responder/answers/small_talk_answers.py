"""Small talk, and questions about the engine itself: what is said to what `small_talk` recognizes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from gemini_emulator.responder.answers import abilities as able
from gemini_emulator.responder.answers import stories
from gemini_emulator.responder.answers.fallback_answers import fresh
from gemini_emulator.responder.answers.stories import STORIES
from gemini_emulator.responder.arguments.arithmetic import numbers
from gemini_emulator.responder.conversation_state import Functions, Memory, Reply
from gemini_emulator.responder.stemming import stem, word_set
from gemini_emulator.responder.system_instruction import greeting_in, who
from gemini_emulator.responder.text_limits import MAX_HEARD_CHARS

STORY = STORIES[0]
MAX_COUNT = 60
NAMED = re.compile(
    r"^(?:(?:so|well|okay|ok|hi|hello|hey|yes|um|there) )*(?:my name is|call me|my name's|my names) "
    r"(?!(?:a|an|the|back|later|when|if|at|in|not|spelled|hard)\b)(?P<name>[a-z]+)\b"
)
"""The user says who they are. Of a line as `plain` makes it."""
_NO_NAME = word_set(
    "a an the so not in at on from here there back just very really fine good great okay ok well sad happy bored tired "
    "sick hungry sorry new lost curious glad late ready done afraid excited feeling doing looking trying going calling "
    "wondering testing your my his her busy home alone nobody no sure"
)
INTRODUCED = re.compile(
    rf"^(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: there| again)? (?:i'm|i am|im|this is|it's)"
    rf" (?!(?:{'|'.join(sorted(_NO_NAME))})\b)(?P<name>[a-z]{{2,15}})(?: (?:nice|pleased|good"
    rf"|great) to meet you| here)?$"
)
""" "Hi, I'm Tom."."""
ASKS_YOUR_NAME = "You haven't told me your name yet. What is it?"

MAX_GUESS_WORDS = 8
_NO_GUESS = re.compile(
    r"^(?:what (?!is it|are they)|who|when|how|why|where|can|could|tell me a|set|stop|bye"
    r"|goodbye|repeat|again|sorry)"
)

SmallTalkAnswer = Callable[[re.Match[str], Memory, Functions], Reply]


def plain(heard: str) -> str:
    """Lower case, one space between words, no punctuation but the apostrophe."""
    return " ".join(re.sub(r"[^\w\s']", " ", heard.lower().replace("’", "'")).split())


def says(*variants: str) -> SmallTalkAnswer:
    """The same thing is said in other words the next time."""

    def answer(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
        return Reply(memory, fresh(variants, memory))

    return answer


def hello(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    name = f", {memory.user_name}" if memory.user_name else ""
    if any(role == "model" for role, _ in memory.turns):
        again = (f"Hello again{name}. What can I do for you?", f"Hello{name}, I'm still here.", f"Hi{name}!")
        return Reply(memory, fresh(again, memory))
    if greeting := greeting_in(memory.instruction):
        return Reply(memory, greeting)
    return Reply(memory, f"Hello{name}! I'm {who(memory.instruction)}. What can I do for you?")


def named(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    name = found["name"].title()
    return Reply(replace(memory, user_name=name), f"Nice to meet you, {name}. What can I do for you?")


def your_name(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    # A conversation that goes on from another one brings its turns only.
    said = [plain(text[:MAX_HEARD_CHARS]) for role, text in reversed(memory.turns) if role == "user"]
    told = (NAMED.search(line) or INTRODUCED.search(line) for line in said)
    name = memory.user_name or next((told_so["name"].title() for told_so in told if told_so), "")
    if not name:
        return Reply(memory, ASKS_YOUR_NAME)
    return Reply(memory, fresh((f"Your name is {name}.", f"You're {name}.", f"{name}, of course."), memory))


def you_said(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    last = memory.last("user").rstrip(".!?")
    return Reply(memory, f"You said: {last}." if last else "You haven't said anything before that.")


def again(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    return Reply(memory, memory.last("model") or "I haven't said anything yet.")


def abilities(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    told = replace(memory, introduced=True)
    own = (
        "I can chat with you, tell stories and jokes, set timers, convert units, and answer questions about the world."
    )
    listed = able.listed(functions)
    with_functions = f" I can also {listed}." if listed else ""
    return Reply(told, f"{own}{with_functions} What would you like to try?")


def counted(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    first = (numbers(found["first"] or "") or [10.0 if found["down"] else 1.0])[0]
    last = (numbers(found["last"] or "") or [1.0 if found["down"] else 10.0])[0]
    if found["down"] and last > first:
        first, last = last, first
    size = int((numbers(found["step"] or "") or [1.0])[0]) or 1
    step = -size if last < first else size
    first = float(size) if size > 1 and not found["first"] and not found["down"] else first
    count = range(int(first), int(last) + (1 if step > 0 else -1), step)[:MAX_COUNT]
    return Reply(memory, f"{', '.join(str(number) for number in count)}.")


def said_back(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    what = found["what"].strip()
    return Reply(memory, f"{what[:1].upper()}{what[1:]}.")


def greeted(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    return Reply(memory, f"Hello, {found['who'].title()}! Nice to meet you.")


def about_me(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    me = who(memory.instruction)
    told = (
        f"I'm {me}. I listen and speak right on the computer that I run on, without the internet. And who are you?",
        f"I'm {me}, a small program. I know a little about many things. What would you like to know?",
    )
    return Reply(replace(memory, introduced=True), fresh(told, memory))


def no_person(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    told = (
        "No, I'm a computer program that listens and talks. You sound human to me, though. Am I right?",
        "No, there's nobody behind this voice. I'm a program. But I'm happy to talk with you.",
    )
    return Reply(replace(memory, introduced=True), fresh(told, memory))


def not_that_one(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    names = {"chatgpt": "ChatGPT", "chat gpt": "ChatGPT", "gpt": "GPT", "openai": "OpenAI"}
    other = names.get(found["other"], found["other"].title())
    told = (
        f"No, I'm not {other}. I'm {who(memory.instruction)}, and I run right here on this computer. What can "
        f"I do for you?",
        f"No, I'm a much smaller program than {other}. But I'm quick, and I work without the internet.",
    )
    return Reply(replace(memory, introduced=True), fresh(told, memory))


def how_it_works(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    told = (
        "Just talk to me. When you pause, I answer, and you can interrupt me at any time. Ask me for a joke, a capital "
        "city or a timer, for example. What would you like to try?",
        "You speak, I turn your words into text, find an answer, and say it aloud. All of that happens on the computer "
        "that I run on.",
    )
    return Reply(replace(memory, introduced=True), fresh(told, memory))


def instructions(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    if not memory.instruction:
        return Reply(memory, "I wasn't given any instructions.")
    taken = "offline I only take a name and a greeting from them"
    return Reply(memory, f"I was given instructions, but {taken}.")


def connect(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    told = (
        "I'm not Gemini, I'm a small stand-in that works offline. Whoever set this up can connect Gemini instead of me."
    )
    return Reply(replace(memory, introduced=True), told)


def favorite(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    what = found["what"] or "thing"
    told = {
        "color": "I've never seen a color, but I like how the word turquoise sounds. What's yours?",
        "song": "I like anything with a clear rhythm. What's your favorite song?",
        "number": "Forty-two, of course. And yours?",
        "joke": f"This one. {stories.JOKES[4]}",
        "animal": "The parrot, because we have the same job. What's yours?",
    }
    return Reply(
        memory,
        told.get(what.replace("colour", "color"), f"I'm a program, so I don't have a favorite {what}. What's yours?"),
    )


def story(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    asked = [stem(word) for word in found.string.split()]
    about = next((index for word, index in stories.ABOUT.items() if stem(word) in asked), None)
    return Reply(memory, fresh(STORIES, memory) if about is None else STORIES[about])


def riddle(found: re.Match[str] | None, memory: Memory, functions: Functions) -> Reply:
    asked = fresh([question for question, _ in stories.RIDDLES], memory)
    return Reply(memory, f"{asked} {stories.GUESS}")


def guessed(line: str, memory: Memory) -> Reply | None:
    """The words behind a riddle; None when the last answer was none."""
    last = memory.last("model")
    solution = next(
        (solved for question, solved in stories.RIDDLES if last.endswith(f"{question} {stories.GUESS}")), ""
    )
    if not solution or _NO_GUESS.search(line) or len(line.split()) > MAX_GUESS_WORDS:
        return None
    right = stem(solution.split()[-1]) in {stem(word) for word in line.split()}
    given_up = re.search(r"\b(?:know|idea|give up|tell me|what is it|answer|no)\b", line)
    lead = "Exactly, it's" if right else "It's" if given_up else "Nice try! It's"
    lead = lead.replace("it's", "they're").replace("It's", "They're") if solution == "footsteps" else lead
    return Reply(memory, f"{lead} {solution}. {stories.ANOTHER_RIDDLE}")


def another(found: re.Match[str], memory: Memory, functions: Functions) -> Reply:
    """Of the same kind as the last one; a joke when there was none."""
    for role, text in reversed(memory.turns):
        if role != "model":
            continue
        for kind in (stories.STORIES, stories.POEMS, stories.FACTS, stories.JOKES, stories.MEALS):
            if text in kind:
                return Reply(memory, fresh(kind, memory))
        if any(question in text for question, _ in stories.RIDDLES) or text.endswith(stories.ANOTHER_RIDDLE):
            return riddle(found, memory, functions)
    return Reply(memory, fresh(stories.JOKES, memory))


def accepted(line: str, memory: Memory, functions: Functions) -> Reply | None:
    """ "Yes please" to an offer that the last answer ended with."""
    if not re.match(
        r"^(?:(?:yes|yeah|yep|yup|sure|okay|ok|please|go ahead|of course|why not|oh"
        r"|all right) ?)+(?:a |the )?(?P<which>joke|story|riddle|please)?$",
        line,
    ):
        return None
    last = memory.last("model")
    offer = re.split(r"(?<=[.!])\s", last)[-1] if last.endswith("?") else ""
    if last.endswith(stories.ANOTHER_RIDDLE):
        return riddle(None, memory, functions)
    if "story" in line or re.search(r"\bstory\b(?!.*\bjoke\b)", offer):
        return Reply(memory, fresh(STORIES, memory))
    if "riddle" in line:
        return riddle(None, memory, functions)
    if re.search(r"\bjokes?\b|\bone of those\b", offer) or "joke" in line:
        return Reply(memory, fresh(stories.JOKES, memory))
    if re.search(r"\bsing\b", offer):
        return Reply(memory, stories.SONG)
    return None
