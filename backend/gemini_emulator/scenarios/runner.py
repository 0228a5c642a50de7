"""Plays a scenario: told what happens on each connection, it answers what to do. Pure and repeatable."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from gemini_emulator.scenarios.actions import Action, Doorway, Http, SlowAccept
from gemini_emulator.scenarios.scenario import Scenario, Step
from gemini_emulator.scenarios.seeded_random import SeededRandom


@dataclass(slots=True)
class ScenarioState:
    """The scenario that a whole server plays now; its directors share it."""

    scenario: Scenario = field(default_factory=Scenario)
    seed: int | None = None
    """Goes before the scenario's own seed."""
    version: int = 0
    """Counts the scenarios played."""
    quota: int | None = None
    """Conversations that may be open at once, if a limit is set."""
    open: int = 0
    """Conversations that are open."""
    connections: int = 0
    handshakes: int = 0
    at_the_door: deque[Doorway] = field(default_factory=deque)
    """How the next handshakes are answered, oldest order first."""
    played: Counter[int] = field(default_factory=Counter)
    """How often each step has acted."""

    def load(self, scenario: Scenario) -> None:
        """Play another one from the start, on open connections, too."""
        self.scenario, self.quota = scenario, None
        self.version += 1
        self.connections = self.handshakes = 0
        self.at_the_door.clear()
        self.played.clear()

    def handshake(self) -> list[Doorway]:
        """Count a handshake and return the steps for it, up to the first refusal."""
        self.handshakes += 1
        answers: list[Doorway] = []
        for index, step in enumerate(self.scenario.steps):
            if self._holds_at_the_door(index, step):
                self.played[index] += 1
                answers.extend(action for action in step.do if isinstance(action, Http | SlowAccept))
        while self.at_the_door and not any(isinstance(answer, Http) for answer in answers):
            answers.append(self.at_the_door.popleft())
        return answers

    def _holds_at_the_door(self, index: int, step: Step) -> bool:
        when = step.when
        if when.handshake != self.handshakes or (step.times is not None and self.played[index] >= step.times):
            return False
        dice = self.dice(self.handshakes, "handshake")
        return when.chance is None or (dice is not None and dice.number() < when.chance)

    def dice(self, connection: int, purpose: str) -> SeededRandom | None:
        """The random source of one connection. None: nothing has to be repeatable."""
        if self.seed is None and not self.scenario.steps:
            return None
        return SeededRandom(self.scenario.seed if self.seed is None else self.seed, self.version, connection, purpose)


class ScenarioRunner:
    """One connection. `time_scale` makes its seconds shorter, see `Settings`."""

    def __init__(self, play: ScenarioState, time_scale: float = 1.0) -> None:
        self._play, self._scale = play, time_scale
        self._connected_at: float | None = None
        self._setup_at: float | None = None
        self._seen: Counter[str] = Counter()
        self._turn, self._heard = 0, ""
        self._acted_in_turn: set[int] = set()
        self._begin()

    def _begin(self) -> None:
        self._play.connections += 1
        self._version, self._number = self._play.version, self._play.connections
        self._dice = self._play.dice(self._number, "chance")
        self.ids = self._play.dice(self._number, "ids")
        """Where session ids, handles and call ids come from. None: they are random."""
        self._acted: set[int] = set()

    @property
    def deadline(self) -> float | None:
        """When a step of time is due."""
        times = [self._due_at(step) for index, step in self._open_steps() if index not in self._acted]
        return min((at for at in times if at is not None), default=None)

    def connected(self, now: float) -> None:
        """The first thing to tell; telling it again has no effect."""
        if self._connected_at is None:
            self._connected_at = now

    def set_up(self, now: float) -> None:
        self._setup_at = now

    def message(self, kinds: list[str]) -> list[Action]:
        """A client message came; it goes by each of these names."""
        self._seen.update(kinds)
        return self._act(
            (index, step)
            for index, step in self._open_steps()
            if step.when.message in kinds and step.when.nth in (None, self._seen[step.when.message])
        )

    def turn(self, heard: str) -> list[Action]:
        """The model's turn begins; it answers these words, if any."""
        self._turn += 1
        self._heard = heard
        self._acted_in_turn = set()
        return self._in_turn(None)

    def spoken(self, seconds: float) -> list[Action]:
        """So much voice of the turn is sent."""
        return self._in_turn(seconds)

    def due(self, now: float) -> list[Action]:
        """Steps whose time has come."""
        ready = []
        for index, step in self._open_steps():
            at = self._due_at(step)
            if at is not None and at <= now and index not in self._acted:
                self._acted.add(index)
                ready.append((index, step))
        return self._act(ready)

    def _in_turn(self, spoken_s: float | None) -> list[Action]:
        ready = []
        for index, step in self._open_steps():
            if index not in self._acted_in_turn and self._holds_in_turn(step, spoken_s):
                self._acted_in_turn.add(index)
                ready.append((index, step))
        return self._act(ready)

    def _holds_in_turn(self, step: Step, spoken_s: float | None) -> bool:
        when = step.when
        if not when.on_turn or (when.spoken_s is None) != (spoken_s is None):
            return False
        if when.spoken_s is not None and spoken_s is not None and spoken_s < when.spoken_s:
            return False
        return when.turn in (None, self._turn) and (when.heard is None or _contains(self._heard, when.heard))

    def _due_at(self, step: Step) -> float | None:
        since = self._connected_at if step.when.connected_s is not None else self._setup_at
        after = step.when.connected_s if step.when.connected_s is not None else step.when.setup_s
        return None if since is None or after is None else since + after / self._scale

    def _open_steps(self) -> list[tuple[int, Step]]:
        """Steps that may still act on this connection."""
        if self._version != self._play.version:
            self._begin()
        return [
            (index, step)
            for index, step in enumerate(self._play.scenario.steps)
            if (step.times is None or self._play.played[index] < step.times)
            and step.when.connection in (None, self._number)
        ]

    def _act(self, ready: Iterable[tuple[int, Step]]) -> list[Action]:
        actions: list[Action] = []
        for index, step in ready:
            if step.when.chance is None or (self._dice is not None and self._dice.number() < step.when.chance):
                self._play.played[index] += 1
                actions.extend(step.do)
        return actions


def _contains(words: str, wanted: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", words, re.IGNORECASE) is not None
