"""`python -m tests.frozen.record [NAME ...]`: records the frozen calls again, all or those named.

Only where the core is meant to behave otherwise: what these files hold is what no move and no new name may change. Says
of each call what has changed: nothing, only words or the head (such as what a model can do), or the first other line.
No test runs this; `tests/recording/test_replay.py` replays the files.
"""

import gzip
import json
import sys
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

from s2s.core.effects import HistoryTurn
from s2s.core.events import (
    ActivityMarked,
    BrowserAttached,
    BrowserDetached,
    GenerationComplete,
    GoAway,
    ImageShared,
    Interrupted,
    InterruptPressed,
    MicMuted,
    ModelAudio,
    ModelThinking,
    ModelTranscriptDelta,
    PlayedReport,
    ResumptionHandle,
    RoundTripMeasured,
    SetupComplete,
    TextTyped,
    ToolCancelled,
    TurnComplete,
    UnreadableMessage,
    UsageCounted,
    UserTranscriptDelta,
    VideoFrame,
)
from s2s.wire import Backend
from tests.frozen.call import RecordedCall
from tests.stories import LOUD, QUIET, steps_of

FOLDER = Path(__file__).parent / "recordings"
WORDS = {"text", "hint", "message", "detail"}
LATE_S = 12.1
"""Later than an answer may be."""
VERTEX = ("gemini-live-2.5-flash-native-audio", "vertex")
LINES = "Once upon a time there was a very small gateway by the sea."


def ordinary_call(*, audio: bool = False) -> RecordedCall:
    """Listening, user speech, thinking, speaking, listening again."""
    call = RecordedCall(audio=audio)
    call.say(BrowserAttached())
    call.say(RoundTripMeasured(40))
    call.mic(QUIET, 25)
    call.user_says(" What is the weather in Paris?", 1.2)
    call.advance(0.4)
    call.say(ModelThinking())
    call.model_answers("It is sunny in all of Paris.", 2.0)
    call.say(UsageCounted(1_200, 80, 1_280, 300, 20, thought_tokens=64))
    call.user_says(" And tomorrow?")
    call.say(UserTranscriptDelta(" or the", interim=True))
    call.say(UserTranscriptDelta(" or the day after?"))
    call.model_answers("Rain, I fear. Take a coat.", 1.5)
    return call


def function_runs() -> RecordedCall:
    """A function blocks, one runs beside the voice, one fails, one is taken back."""
    call = RecordedCall()
    call.user_says(" Look it up.")
    call.call_tool("c0")
    call.advance(1.0)
    call.tool_answers("c0", {"sky": "clear"})
    call.model_answers("The sky is clear.")
    call.say(TextTyped("Look up both."))
    call.call_tool("c1", "g")
    call.model_speaks("I am looking. ", 1.0)
    call.end_turn()
    call.advance(2.0)
    call.tool_answers("c1", {"sky": "grey"})
    call.model_answers("It is grey.")
    call.say(TextTyped("Again."))
    call.call_tool("c2")
    call.tool_answers("c2", {"error": "no such place"}, ok=False)
    call.model_answers("There is no such place.")
    call.say(TextTyped("And again."))
    call.call_tool("c3")
    call.calls["c3"] = -1
    call.say(ToolCancelled(("c3",)))
    call.model_answers("Never mind.")
    return call


def slow_function() -> RecordedCall:
    """A function that is announced as slow, runs into its time limit, and whose failure is not answered."""
    call = RecordedCall("gemini-2.5-flash-native-audio-preview-12-2025")
    call.say(TextTyped("Look it up."))
    call.call_tool("c0")
    call.mic(QUIET, 50)
    call.mic(LOUD, 30)
    call.advance(29.0)
    call.tool_answers("c0", {"error": "no answer within 30 s"}, ok=False)
    call.advance(LATE_S)
    call.model_answers("It does not answer.")
    return call


def repeated_call() -> RecordedCall:
    """One call under one id twice, and once more after its socket was lost."""
    call = RecordedCall()
    call.say(TextTyped("Look it up."))
    call.call_tool("c0")
    call.tool_answers("c0", {"sky": "clear"})
    call.answered.clear()
    call.call_tool("c0")
    call.model_answers("Clear.")
    call.say(TextTyped("Once more."))
    call.call_tool("c1")
    call.lose_socket()
    call.advance(0.5)
    call.reopen()
    call.call_tool("c2")
    call.tool_answers("c1", {"sky": "dark"})
    call.model_answers("Dark.")
    return call


def interrupt_pressed() -> RecordedCall:
    """The button: a cut, voice that still comes, a late press, and a press before the answer."""
    call = RecordedCall()
    call.user_says(" Tell me a story.")
    call.model_speaks(LINES, 4.0)
    call.advance(1.0)
    call.say(PlayedReport(call.turn, 700))
    call.say(InterruptPressed(call.turn))
    call.say(ModelAudio(b"\x09" * 9_600))
    call.say(PlayedReport(call.turn, 720))
    call.advance(0.4)
    call.say(Interrupted())
    call.say(TurnComplete())
    call.say(InterruptPressed(max(0, call.turn - 1)))
    call.user_says(" Another one.")
    call.say(InterruptPressed(None))
    call.advance(3.0)
    call.user_says(" Go on.")
    call.model_answers("There was another.")
    call.model_speaks("And another one that nobody ends. ", 3.0)
    call.say(InterruptPressed(None))
    call.advance(30.0)
    return call


def interrupted_by_voice() -> RecordedCall:
    """The user speaks over the answer; then upstream takes noise for speech."""
    call = RecordedCall(*VERTEX)
    call.user_says(" Tell me a story.")
    call.model_speaks(LINES, 4.0)
    call.advance(1.0)
    call.mic(LOUD, 20)
    call.say(Interrupted())
    call.say(TurnComplete())
    call.mic(LOUD, 20)
    call.mic(QUIET, 20)
    call.say(UserTranscriptDelta(" No, a shorter one."))
    call.model_speaks("A shorter one begins here and goes on", 4.0)
    call.advance(2.5)
    call.say(Interrupted())
    call.say(TurnComplete())
    call.advance(3.0)
    call.model_answers("Where was I?")
    return call


def frozen_after_interruption() -> RecordedCall:
    """Nothing comes after a real interruption."""
    call = RecordedCall()
    call.user_says()
    call.model_speaks(LINES, 4.0)
    call.advance(0.5)
    call.mic(LOUD, 20)
    call.say(Interrupted())
    call.say(TurnComplete())
    call.mic(LOUD, 20)
    call.mic(QUIET, 20)
    call.advance(LATE_S)
    call.model_answers("I am here.")
    return call


def frozen_model() -> RecordedCall:
    """No answer: asked once, then another socket, then another session, then the user is told."""
    call = RecordedCall()
    call.user_says(" Is anybody there?")
    call.advance(LATE_S)
    call.advance(LATE_S)
    call.reopen()
    call.advance(LATE_S)
    call.reopen()
    call.advance(LATE_S)
    call.user_says(" Hello?")
    call.model_answers("Here I am.")
    return call


def broken_answers() -> RecordedCall:
    """A stall in a sentence, a turn that ends in one, and one that never ends."""
    call = RecordedCall()
    call.user_says(" Tell me something.")
    call.model_speaks("The gateway is", 1.0)
    call.advance(12.0)
    call.model_answers("by the sea.")
    call.user_says(" And then?")
    call.model_speaks("It went to the", 1.5)
    call.say(TurnComplete())
    call.model_answers("It went to the harbour.")
    call.user_says(" And then?")
    call.model_speaks("It came home.", 1.0)
    call.say(GenerationComplete())
    call.listen()
    call.advance(14.0)
    return call


def empty_turns() -> RecordedCall:
    """Turns without an answer, rejected and withheld ones, and a model that chooses to say nothing."""
    call = RecordedCall()
    for _ in range(4):
        call.user_says(" Well?")
        call.say(TurnComplete())
        if call.socket == "dialing":
            call.opened()
        call.advance(1.0)
    call.model_answers("Well.")
    call.user_says(" And?")
    call.say(TurnComplete("RESPONSE_REJECTED"))
    call.model_answers("And.")
    call.user_says(" Say it.")
    call.say(TurnComplete("PROHIBITED_INPUT_CONTENT"))
    call.advance(20.0)
    call.user_says(" I mean")
    call.say(TurnComplete("NEED_MORE_INPUT"))
    call.advance(5.0)
    return call


def near_silent_voice() -> RecordedCall:
    """An answer that cannot be heard, and one whose middle cannot."""
    call = RecordedCall()
    call.user_says(" Speak up.")
    call.model_speaks("This is said without a sound.", 2.0, level=0)
    call.end_turn()
    call.advance(2.0)
    call.model_answers("This is said aloud.")
    call.user_says(" And a long one.")
    call.model_speaks("The first part can be heard. ", 2.0)
    for piece in ("The second one ", "is lost ", "for ever ", "and ever. "):
        call.model_speaks(piece, 1.0, level=0)
    call.end_turn()
    call.advance(8.0)
    call.model_answers("The second one is lost.")
    return call


def repeated_answer() -> RecordedCall:
    """The model says the same words again without having been asked."""
    call = RecordedCall()
    call.user_says(" Tell me a story.")
    for _ in range(2):
        for word in LINES.split():
            call.model_speaks(f"{word} ", 0.25)
        call.advance(1.0)
    call.model_speaks("Now something else at last. ", 1.0)
    call.end_turn("ticket")
    call.advance(6.0)
    return call


def reconnect() -> RecordedCall:
    """The socket dies in an answer, again while it is dialled, in a question, and upstream no longer knows us."""
    call = RecordedCall()
    call.user_says(" Tell me a story.")
    call.model_speaks("Once upon a time", 1.0)
    call.lose_socket()
    call.advance(0.5)
    call.lose_socket(1011, "Internal error encountered.")
    call.advance(3.0)
    call.reopen()
    call.model_answers("there was a gateway.")
    call.mic(LOUD, 60)
    call.lose_socket(1006)
    call.mic(LOUD, 10)
    call.mic(QUIET, 20)
    call.advance(0.5)
    call.lose_socket(1008, "BidiGenerateContent session not found")
    call.advance(2.0)
    call.reopen()
    call.say(UserTranscriptDelta(" What was that?"))
    call.model_answers("A story.")
    return call


def refused_upstream() -> RecordedCall:
    """Nobody answers the first dial; then a quota is used up, and upstream is not dialled for ever."""
    call = RecordedCall(opened=False)
    call.advance(160.0)
    for _ in range(12):
        if call.socket != "dialing":
            break
        call.lose_socket(1011, "You exceeded your current quota, please check your plan and billing details.")
        call.advance(40.0)
    return call


def fallback_model() -> RecordedCall:
    """The configured model is at fault again and again: the fallback is told the conversation."""
    call = RecordedCall(fallback="gemini-3.1-flash-live-preview")
    call.say(TextTyped("My name is Ada."))
    call.model_answers("Nice to meet you.")
    for _ in range(8):
        if call.core.link.model:
            break
        call.lose_socket(1011, "Internal error encountered.")
        call.advance(20.0)
        if call.socket == "dialing" and not call.core.link.model:
            call.reopen()
    call.advance(1.0)
    call.reopen()
    call.user_says(" Who am I?")
    call.model_answers("Ada.")
    call.call_tool("c0")
    call.mic(LOUD, 30)
    call.tool_answers("c0", {"n": 1})
    call.model_answers("One.")
    return call


def unknown_model() -> RecordedCall:
    """Upstream no longer has the configured model: its successor takes the call."""
    call = RecordedCall("gemini-3.1-flash-live-preview", opened=False)
    reason = "models/gemini-3.1-flash-live-preview is not found for API version v1beta, or is not supported"
    call.lose_socket(1008, reason)
    call.advance(2.0)
    if call.socket == "dialing":
        call.reopen()
        call.user_says()
        call.model_answers("Hello.")
    return call


def handed_over() -> RecordedCall:
    """goAway: to the next socket at rest, and in the middle of an answer where no rest comes."""
    call = RecordedCall()
    call.user_says()
    call.model_answers("Hello.")
    call.say(GoAway(50.0))
    call.advance(2.0)
    call.reopen()
    call.say(ResumptionHandle("ticket-b"))
    call.advance(70.0)
    call.user_says(" Tell me a long story.")
    call.model_speaks(LINES, 20.0)
    call.say(GoAway(10.0))
    call.advance(12.0)
    if call.socket == "dialing":
        call.reopen()
    call.advance(15.0)
    call.model_answers("The end.")
    call.advance(600.0)
    return call


def handed_over_transparently() -> RecordedCall:
    """Vertex AI says how much of what we sent it has taken in: the same session goes on."""
    call = RecordedCall(*VERTEX)
    call.user_says()
    call.model_answers("Hello.")
    call.say(ResumptionHandle("ticket-b", consumed=40))
    call.say(GoAway(20.0))
    call.advance(21.0)
    call.reopen()
    call.call_tool("c0")
    call.lose_socket(1006)
    call.advance(1.0)
    call.reopen()
    call.tool_answers("c0", {"n": 1})
    call.model_answers("One.")
    call.say(ResumptionHandle(None))
    call.lose_socket(1006)
    call.advance(1.0)
    call.reopen()
    call.user_says(" Still there?")
    call.model_answers("Yes.")
    return call


def page_leaves() -> RecordedCall:
    """The page goes while the model speaks and comes back; it goes again and the call waits."""
    call = RecordedCall()
    call.say(BrowserAttached())
    call.user_says(" Tell me a story.")
    call.model_speaks(LINES, 5.0)
    call.advance(1.0)
    call.say(PlayedReport(call.turn, 600))
    call.say(BrowserDetached())
    call.advance(8.0)
    call.say(BrowserAttached())
    call.say(PlayedReport(call.turn, 600))
    call.end_turn("ticket")
    call.listen()
    call.say(BrowserDetached())
    call.say(MicMuted(True))
    call.advance(45.0)
    call.say(BrowserAttached())
    call.say(MicMuted(False))
    call.user_says(" I am back.")
    call.model_answers("Welcome.")
    return call


def typed_text() -> RecordedCall:
    """Typed words at rest, over the voice, twice in a row, and on a socket that refuses them."""
    call = RecordedCall()
    call.say(TextTyped("What is a gateway?"))
    call.model_speaks("A gateway is a gate", 3.0)
    call.advance(0.8)
    call.say(TextTyped("Shorter, please."))
    call.say(Interrupted())
    call.say(TurnComplete())
    call.model_answers("A gate.")
    call.say(TextTyped("One."))
    call.say(TextTyped("Two."))
    call.model_answers("Both.")
    call.say(TextTyped("Three."))
    call.refused_texts = True
    call.lose_socket(1007, "Request contains an invalid argument.")
    call.advance(5.0)
    call.reopen()
    call.advance(LATE_S)
    return call


def pictures() -> RecordedCall:
    """A picture by itself, one with a question, frames of a camera, and a picture that a lost socket takes along."""
    call = RecordedCall()
    call.say(ImageShared(b"\xff\xd8" + bytes(3_000)))
    call.user_says(" What is this?")
    call.model_answers("A gateway.")
    call.say(ImageShared(b"\xff\xd8" + bytes(2_000)))
    call.say(TextTyped("And this?"))
    call.model_answers("A gate.")
    for _ in range(3):
        call.say(VideoFrame(b"\xff\xd8" + bytes(1_000)))
        call.advance(1.0)
    call.say(ImageShared(b"\xff\xd8" + bytes(1_500)))
    call.lose_socket()
    call.advance(0.5)
    call.reopen()
    call.user_says(" And that?")
    call.model_answers("A door.")
    return call


def push_to_talk() -> RecordedCall:
    """The user marks their speech."""
    call = RecordedCall(manual_activity=True)
    call.say(ActivityMarked(True))
    call.mic(LOUD, 40)
    call.say(ActivityMarked(False))
    call.say(UserTranscriptDelta(" Hello."))
    call.model_speaks(LINES, 4.0)
    call.advance(0.7)
    call.say(ActivityMarked(True))
    call.say(Interrupted())
    call.say(TurnComplete())
    call.mic(LOUD, 30)
    call.say(ActivityMarked(False))
    call.advance(LATE_S)
    call.model_answers("I see.")
    return call


def thinking_model() -> RecordedCall:
    """A model that thinks long and says several utterances in one turn."""
    call = RecordedCall("gemini-3.8-live-extended-thinking")
    call.say(TextTyped("A hard question."))
    for _ in range(3):
        call.advance(20.0)
        call.say(ModelThinking())
    call.model_speaks("Let me see. ", 1.0)
    call.say(TurnComplete(more=True))
    call.call_tool("c0")
    call.advance(3.0)
    call.tool_answers("c0", {"n": 42})
    call.model_answers("Forty-two.")
    return call


def odd_frames() -> RecordedCall:
    """Values that are not as documented, a frame too short, other scripts."""
    call = RecordedCall(*VERTEX)
    call.say(SetupComplete("again"))
    call.say(UnreadableMessage("goAway.timeLeft: null"))
    call.say(UnreadableMessage("goAway.timeLeft: null"))
    call.say(UnreadableMessage("modelTurn.parts[].inlineData: no rate", "audio/pcm", voice_lost=True))
    call.user_says(" Hä")
    call.say(ModelTranscriptDelta(""))
    call.say(ModelAudio(b"\x09" * 961))
    call.say(ModelAudio(b""))
    call.model_answers("Grüß Gott. 今日は。 👋", 1.2)
    call.lose_socket(429, "Quota.")
    call.advance(5.0)
    return call


def earlier_conversation() -> RecordedCall:
    """A session continues another one whose last question was not answered."""
    history = (HistoryTurn("user", "My name is Ada."), HistoryTurn("model", "Hello."), HistoryTurn("user", "Who am I?"))
    call = RecordedCall(history=history)
    call.model_answers("Ada.")
    call.user_says(" Good.")
    call.model_answers("Good.")
    return call


def last_words() -> RecordedCall:
    """A limit ends the session in the middle of an answer: what was heard and said is written down."""
    call = RecordedCall()
    call.user_says(" Tell me a story.")
    call.model_speaks(LINES, 4.0)
    call.advance(1.5)
    call.say(PlayedReport(call.turn, 1_200))
    call.mic(LOUD, 20)
    call.say(UserTranscriptDelta(" And"))
    return call


def random_call(number: int, *models: str, backend: Backend = "developer", audio: bool = False) -> RecordedCall:
    """Three random stories in one call, at peace after each."""
    model, fallback = (*models, "")[:2]
    call = RecordedCall(model, backend, fallback=fallback, audio=audio, opened=False)
    for seed in range(number, number + 3):
        for roll, x in steps_of(seed):
            call.step(roll, x)
    call.come_to_rest()
    return call


SCENES: dict[str, Callable[[], RecordedCall]] = {
    "ordinary_call": ordinary_call,
    "ordinary_call_with_audio": lambda: ordinary_call(audio=True),
    "function_runs": function_runs,
    "slow_function": slow_function,
    "repeated_call": repeated_call,
    "interrupt_pressed": interrupt_pressed,
    "interrupted_by_voice": interrupted_by_voice,
    "frozen_after_interruption": frozen_after_interruption,
    "frozen_model": frozen_model,
    "broken_answers": broken_answers,
    "empty_turns": empty_turns,
    "near_silent_voice": near_silent_voice,
    "repeated_answer": repeated_answer,
    "reconnect": reconnect,
    "refused_upstream": refused_upstream,
    "fallback_model": fallback_model,
    "unknown_model": unknown_model,
    "handed_over": handed_over,
    "handed_over_transparently": handed_over_transparently,
    "page_leaves": page_leaves,
    "typed_text": typed_text,
    "pictures": pictures,
    "push_to_talk": push_to_talk,
    "thinking_model": thinking_model,
    "odd_frames": odd_frames,
    "earlier_conversation": earlier_conversation,
    "last_words": last_words,
    "random_3_8": lambda: random_call(1_000, "gemini-3.8-live", "gemini-3.1-flash-live-preview"),
    "random_2_5": lambda: random_call(2_000, "gemini-2.5-flash-native-audio-preview-12-2025"),
    "random_vertex_with_audio": lambda: random_call(3_000, VERTEX[0], backend="vertex", audio=True),
}


def change(old: bytes, new: bytes) -> str:
    """What a new recording has that the old one has not."""
    if old == new:
        return "unchanged"
    before, after = _lines(old), _lines(new)
    for number, (was, now) in enumerate(zip_longest(before[1:], after[1:]), 2):
        if _wordless(was) != _wordless(now):
            return f"CHANGED at line {number}\n  {json.dumps(was)}\n  {json.dumps(now)}"
    return "only words or the head have changed"


def _lines(data: bytes) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(data).splitlines()]


def _wordless(line: Any) -> Any:
    """Without our own words to people, to the log and to the model."""
    match line:
        case ["did", "Incident" | "LinkFailed" | "LinkChanged" | "Nudge" | "SendContext" as kind, members]:
            return [kind, _without_words(members)]
        case ["did", "Tell", {"message": {"type": "notice"} as notice}]:
            return ["notice", _without_words(notice)]
    return line


def _without_words(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in WORDS}


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in names or SCENES:
        path, data = FOLDER / f"{name}.s2s.gz", SCENES[name]().end()
        said = change(path.read_bytes(), data) if path.exists() else "new"
        path.write_bytes(data)
        print(f"{name}: {said}")


if __name__ == "__main__":
    main(sys.argv[1:])
