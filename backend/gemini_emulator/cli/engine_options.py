"""The options that choose who hears, thinks and speaks, and what they make."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import datetime

from gemini_emulator.cli.console import complain
from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Responder
from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.speech import recognizer, synthesizer_selection
from gemini_emulator.speech.engine import Engine, LanguageModel
from gemini_emulator.speech.null_engine import SilentEngine, SilentResponder
from gemini_emulator.speech.synthesizer import DEFAULT_WPM, MAX_WPM, MIN_WPM
from gemini_emulator.speech.tone_engine import Tone, ToneEngine, ToneResponder

EAR, VOICE, WPM = "GEMINI_EMULATOR_EAR", "GEMINI_EMULATOR_VOICE", "GEMINI_EMULATOR_VOICE_WPM"


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("who hears and speaks")
    group.add_argument(
        "--engine",
        choices=["speech", "tone", "off"],
        default="speech",
        help="tone: no models, answers are a tone; off: no answers but those of scenarios and the admin port",
    )
    group.add_argument(
        "--ear",
        choices=recognizer.NAMES,
        default=_chosen(EAR, recognizer.NAMES),
        help=f"what hears; also {EAR} (default %(default)s)",
    )
    group.add_argument(
        "--voice",
        choices=synthesizer_selection.NAMES,
        default=_chosen(VOICE, synthesizer_selection.NAMES),
        help=f"what speaks; also {VOICE} (default %(default)s)",
    )
    group.add_argument(
        "--voice-wpm",
        type=_wpm,
        default=os.environ.get(WPM, "").strip() or str(DEFAULT_WPM),
        metavar="WORDS",
        help=f"words a minute, {MIN_WPM} to {MAX_WPM}; also {WPM} (default {DEFAULT_WPM})",
    )
    group.add_argument("--parrot", action="store_true", help="repeat what is heard instead of answering")


def _chosen(variable: str, names: Sequence[str]) -> str:
    """The value of the environment variable, else the default. An unknown name is reported when the engine loads."""
    return os.environ.get(variable, "").strip().lower() or names[0]


def _wpm(text: str) -> int:
    try:
        words = int(text)
    except ValueError:
        words = 0
    if not MIN_WPM <= words <= MAX_WPM:
        raise argparse.ArgumentTypeError(f"{text!r} is not between {MIN_WPM} and {MAX_WPM} words a minute")
    return words


def local_time() -> datetime:
    """The user's time, with its zone."""
    return datetime.now().astimezone()


def engine_and_mind(options: argparse.Namespace) -> tuple[Engine, Responder]:
    if options.engine == "tone":
        return ToneEngine(Tone()), ToneResponder(Tone())
    if options.engine == "off":
        return SilentEngine(), SilentResponder()
    from gemini_emulator.speech.speech_engine import SpeechEngine

    return SpeechEngine(options.ear, options.voice, options.voice_wpm), Parrot() if options.parrot else Companion(
        local_time
    )


def language_model(options: argparse.Namespace) -> LanguageModel | None:
    """The endpoint that the environment names. Half a name is reported, and the built-in answers are used."""
    if options.parrot or options.engine == "off":
        return None
    if not any(os.environ.get(name, "").strip() for name in ("GEMINI_EMULATOR_LLM_URL", "GEMINI_EMULATOR_LLM_MODEL")):
        return None
    from gemini_emulator.speech.language_model import ChatCompletions, Endpoint, Misconfigured

    try:
        endpoint = Endpoint.from_env(os.environ)
    except Misconfigured as error:
        complain(f"{error} The emulator answers by itself.")
        return None
    return ChatCompletions(endpoint) if endpoint else None
