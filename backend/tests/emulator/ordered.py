"""A theatre that plays given steps, and orders given to it while it plays."""

from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.scenarios.parser import read_actions, read_scenario
from gemini_emulator.scenarios.runner import ScenarioState
from gemini_emulator.session.events import Ordered
from gemini_emulator.session.session_store import Handles
from gemini_emulator.settings import Settings
from tests.emulator.theatre import Theatre


def playing(*steps: str, handles: Handles | None = None, settings: Settings | None = None, seed: int = 1) -> Theatre:
    """A parrot under these steps, set up. Each sentence of its voice lasts 2 s."""
    text = f"seed: {seed}\nsteps:\n" + "\n".join(f"  - {step}" for step in steps)
    stage = Theatre(settings, mind=Parrot(), handles=handles, play=ScenarioState(read_scenario(text)))
    stage.set_up()
    return stage


def order(stage: Theatre, text: str) -> None:
    for action in read_actions(text):
        stage.feed(Ordered(action))
