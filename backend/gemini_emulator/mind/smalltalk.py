"""Small talk, and questions about the engine itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from gemini_emulator.mind.foreign import ENGLISH_ONLY, asks_for_another_language
from gemini_emulator.mind.instruction import greeting_in, who
from gemini_emulator.mind.memory import Functions, Memory, Thought
from gemini_emulator.mind.words import human

CONNECT = "To talk to Gemini, put a key into backend/.env. The README says how."
MOST_COUNTED = 60

STORY = (
    "Once there was a lighthouse keeper who talked to the sea every evening. The sea never answered, and the keeper "
    "did not mind. One night the fog was so thick that a small boat lost its way. The keeper had only his voice, so he "
    "sang until the morning. The boat followed the song, and came home. Ever since then, people say, the sea hums a "
    "little when the fog comes in. And if you listen long enough, you can hear that it has learned the tune."
)
JOKES = (
    "Why did the microphone break up with the speaker? There was too much feedback.",
    "I would tell you a joke about sound, but I am afraid it would fall on deaf ears.",
    "Why was the computer cold? It left its windows open.",
)

Reply = Callable[[re.Match[str], Memory, Functions], Thought]


def reply(heard: str, memory: Memory, functions: Functions) -> Thought | None:
    """An answer, or None when this is not small talk."""
    line = re.sub(r"[^\w\s']", " ", heard.lower())
    line = " ".join(line.split())
    if asks_for_another_language(line):
        return Thought(memory, ENGLISH_ONLY)
    for pattern, answer in _TABLE:
        if found := pattern.search(line):
            return answer(found, memory, functions)
    return None


def _says(*variants: str) -> Reply:
    """The same thing is said in other words the next time."""

    def answer(found: re.Match[str], memory: Memory, functions: Functions) -> Thought:
        return Thought(memory, variants[len(memory.turns) // 2 % len(variants)])

    return answer


def _hello(found: re.Match[str], memory: Memory, functions: Functions) -> Thought:
    name = f", {memory.user_name}" if memory.user_name else ""
    if any(role == "model" for role, _ in memory.turns):
        return Thought(memory, f"Hello again{name}. What can I do for you?")
    if greeting := greeting_in(memory.instruction):
        return Thought(memory, greeting)
    return Thought(memory, f"Hello{name}! I am {who(memory.instruction)}. What can I do for you?")


def _named(found: re.Match[str], memory: Memory, functions: Functions) -> Thought:
    name = found["name"].title()
    return Thought(replace(memory, user_name=name), f"Nice to meet you, {name}.")


def _your_name(found: re.Match[str], memory: Memory, functions: Functions) -> Thought:
    known = f"Your name is {memory.user_name}." if memory.user_name else "You have not told me your name yet."
    return Thought(memory, known)


def _you_said(found: re.Match[str], memory: Memory, functions: Functions) -> Thought:
    last = memory.last("user").rstrip(".!?")
    return Thought(memory, f"You said: {last}." if last else "You have not said anything before that.")


def _again(found: re.Match[str], memory: Memory, functions: Functions) -> Thought:
    return Thought(memory, memory.last("model") or "I have not said anything yet.")


def _abilities(found: re.Match[str], memory: Memory, functions: Functions) -> Thought:
    names = [human(function["name"]) for function in functions if function.get("name")]
    if not names:
        return Thought(memory, f"Offline I can chat a little, count, and tell you a story. {CONNECT}")
    listed = ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
    return Thought(memory, f"I can chat a little, and I can use these functions: {listed}. {CONNECT}")


def _count(found: re.Match[str], memory: Memory, functions: Functions) -> Thought:
    from gemini_emulator.mind.arithmetic import numbers

    last = int(numbers(found["last"])[0]) if numbers(found["last"]) else 10
    listed = ", ".join(str(number) for number in range(1, min(last, MOST_COUNTED) + 1))
    return Thought(memory, f"{listed}.")


def _about_me(found: re.Match[str], memory: Memory, functions: Functions) -> Thought:
    told = replace(memory, introduced=True)
    return Thought(
        told,
        f"I am {who(memory.instruction)}. I hear and speak on this computer, without a network, and I know only a "
        f"little. {CONNECT}",
    )


def _instructions(found: re.Match[str], memory: Memory, functions: Functions) -> Thought:
    if not memory.instruction:
        return Thought(memory, "I was given no instructions.")
    taken = "offline I only take a name and a greeting from them"
    return Thought(memory, f"I was given instructions, but {taken}. Gemini follows them.")


_TABLE: tuple[tuple[re.Pattern[str], Reply], ...] = tuple(
    (re.compile(pattern), answer)
    for pattern, answer in (
        (r"^(?:so |well |okay |ok )?(?:my name is|call me|my name's) "
         r"(?!(?:a|an|the|back|later|when|if|at|in)\b)(?P<name>[a-z]+)\b", _named),
        (r"\bwhat(?:'s| is) my name\b|\bdo you (?:know|remember) my name\b", _your_name),
        (r"\bwhat did i (?:just )?(?:say|ask)\b", _you_said),
        (r"^(?:can you |could you |please )*(?:repeat|say)(?: that| it)?(?: again)?(?: please)?$"
         r"|\bwhat did you (?:just )?say\b|^(?:sorry )?pardon\b", _again),
        (r"\bwhat (?:can|could) you do\b|\bhow can you help\b|^help(?: me)?$"
         r"|\bwhat are your (?:functions|tools|skills)\b|\bwhat (?:functions|tools) do you have\b", _abilities),
        (r"\bwhere (?:are you|do you live)\b", _says("I live on this computer, and nowhere else.")),
        (r"\bwh(?:o|at) are you\b|\bwhat(?:'s| is) your name\b|\bare you (?:gemini|google|an? ai|a robot|a bot|human|"
         r"real|online|offline|chatgpt|a computer)\b|\bwho (?:made|built|created) you\b|\btell me about yourself\b"
         r"|\bintroduce yourself\b|\bhow do you work\b", _about_me),
        (r"\b(?:do|can) you (?:speak|understand|talk) (?!to\b|up\b|louder\b|slower\b|me\b|english\b)\w+$",
         _says(ENGLISH_ONLY)),
        (r"\bwhat (?:are|were) (?:your|you) (?:instructions|system prompt|told|instructed)\b|\byour system (?:prompt|"
         r"instruction)\b", _instructions),
        (r"\bcan you hear me\b|\bdo you hear me\b|\bare you (?:there|listening|still there)\b",
         _says("Yes, I can hear you well.", "Yes, I am here.")),
        (r"\bhow are you\b|\bhow do you do\b|\bhow is it going\b|\bhow's it going\b",
         _says("I am fine, thank you. How are you?", "Very well, thanks. And you?")),
        (r"\bnice to meet you\b|\bpleased to meet you\b", _says("Nice to meet you, too.")),
        (r"^(?:i am|i'm|i'm doing|doing) (?:fine|good|well|great|okay|ok|all right)\b", _says("Glad to hear that.")),
        (r"\bcount (?:up )?(?:from (?:one|1) )?(?:up )?to (?P<last>[\w ]+)", _count),
        (r"\btell (?:me |us )?(?:a|another|the|some)?(?: \w+)? ?stor(?:y|ies)\b", _says(STORY)),
        (r"\bjoke\b|\bmake me laugh\b|\bsomething funny\b", _says(*JOKES)),
        (r"^(?:no |yes |okay |ok |great |alright |all right )?(?:thank you|thanks|thank you very much|cheers)\b",
         _says("You are welcome.", "My pleasure.")),
        (r"\b(?:goodbye|bye bye|see you|good night|have a (?:nice|good) day)\b|^bye$",
         _says("Goodbye. Talk to you soon.")),
        (r"^(?:please )?(?:stop|stop it|stop talking|be quiet|shut up|never mind|nevermind|that's enough|enough|cancel|"
         r"quiet|hold on|wait)(?: it| that| please| now)*$", _says("Okay.", "All right.")),
        (r"^(?:hi|hello|hey|hello there|hi there|hey there|good (?:morning|afternoon|evening)|greetings|howdy)"
         r"(?: (?:there|gemini|everyone|again|you|computer|my friend))*$", _hello),
        (r"^(?:yes|yeah|yep|no|nope|okay|ok|sure|all right|alright|right|great|cool|nice|good|wow)(?: please)?$",
         _says("All right. What else can I do?", "Okay. Ask me anything.")),
        (r"^(?:um+|uh+|hm+|mhm|er+|ah+|oh|and|so|well|the|a|but|i)$", _says("I am listening.", "Yes? Go on.")),
        (r"^(?:testing|test|one two three|testing one two three|this is a test)(?: (?:testing|test|one two three))*$",
         _says("I hear you loud and clear.")),
    )
)  # fmt: skip
