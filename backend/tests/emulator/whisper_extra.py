"""The optional second ear. Not a part of `make test`, which installs no 250 MB for it: `make speech-report` makes an
environment with the extra and runs this file there first. It fails, and does not skip, where the extra is missing."""

import pytest

from gemini_emulator.speech import recognizer, synthesizer_selection
from gemini_emulator.speech.recognizer import Recognizer
from gemini_emulator.speech.speech_engine import SpeechEngine
from tests.emulator import ports


@pytest.fixture(scope="module")
def recognize() -> Recognizer:
    chosen = recognizer.choose_recognizer("whisper")
    assert (chosen.name, chosen.sentence) == ("whisper", "")
    return chosen.port


def test_whisper_understands_people(recognize: Recognizer):
    ports.an_ear_hears(recognize)


def test_whisper_invents_no_words(recognize: Recognizer):
    ports.an_ear_invents_nothing(recognize)


def test_whisper_understands_the_voice(recognize: Recognizer):
    ports.a_voice_speaks(synthesizer_selection.load_synthesizer(), recognize)


def test_whisper_stands_in_where_moonshine_has_no_wheel(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gemini_emulator.speech.moonshine.PACKAGE", "no_such_package")
    engine = SpeechEngine()
    sentence = engine.load(lambda step, done, of: None)
    engine.close()
    assert sentence.startswith("moonshine cannot run (moonshine-voice is not installed): whisper hears instead.")
