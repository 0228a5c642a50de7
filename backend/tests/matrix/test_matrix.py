"""A share of the fault matrix, the same every time, and the page that was made from all of it."""

from pathlib import Path

from tests.matrix.faults import NO_FAULT, Fault, Phase, cells
from tests.matrix.killed import play_killed
from tests.matrix.run import AT_ONCE, run
from tests.matrix.signs import ANSWERS, QUESTIONS, VOICE_WORD_MS, WORD_MS, pcm_of, question_pcm, words_of
from tests.matrix.stalls import Stalls
from tests.matrix.table import OUTCOMES, PAGE, WORDS, differs, load, page

SLOW_OR_FREE = ("quota", "exhausted", "overloaded", "429", "an empty turn")
"""Rows that wait for 15 s and more, and the one in which the model itself may choose to be silent."""
EVERY = 18
"""One cell of so many is played here. `make reliability` plays all."""
STALLED_S = 0.3
"""A process that once had to wait so long for its turn measures the machine."""
ROUNDS = 3


Cell = tuple[Fault, Phase]


def share() -> list[Cell]:
    """Every fault about once, phases in turn; without those that are slow or not certain."""
    quick = [cell for cell in cells() if not any(word in cell[0].key for word in SLOW_OR_FREE)]
    return [cell for at, cell in enumerate(quick) if cell[0] is not NO_FAULT and at % EVERY == 0]


def test_the_language_of_the_matrix_is_heard_to_the_word():
    assert words_of(question_pcm(1), 16_000, WORD_MS, "ask") == list(QUESTIONS[1])
    voice = pcm_of(ANSWERS[1], 24_000, VOICE_WORD_MS)
    assert words_of(voice, 24_000, VOICE_WORD_MS, "say") == list(ANSWERS[1])
    third_word_cut = voice[: VOICE_WORD_MS * 48 * 2 + VOICE_WORD_MS * 16]
    assert words_of(third_word_cut, 24_000, VOICE_WORD_MS, "say") == list(ANSWERS[1][:2])


def test_the_page_is_what_the_outcomes_say():
    assert PAGE.read_text() == page(), (
        "run `make reliability`, or `python -m tests.matrix --page` after a change of words"
    )


def test_every_cell_is_in_the_table_and_loses_only_what_the_page_admits():
    _, outcomes = load()
    missing = [f"{fault.key}, {phase}" for fault, phase in cells() if (fault.key, phase) not in outcomes]
    assert not missing, f"not in {OUTCOMES.name}: {missing}"
    admitted = " ".join(WORDS.read_text().split())
    silent = [
        f"{key}, {phase}" for (key, phase), one in outcomes.items() if one.lost and key.split(": ")[1] not in admitted
    ]
    assert not silent, f"words are lost, and {WORDS.name} does not say why: {silent}"


async def played(folder: Path, cells: list[Cell], *, at_once: int) -> tuple[dict[Cell, str], Stalls]:
    """What is not as the table says, and how much of its time the machine gave to others."""
    _, outcomes = load()
    async with Stalls() as stalls:
        results = await run(folder, cells, at_once=at_once)
    by_key = {(fault.key, phase): (fault, phase) for fault, phase in cells}
    wrong = {}
    for one in results:
        cell = by_key.get((one.fault, one.phase), (NO_FAULT, Phase(one.phase)))
        if one.outcome is None:
            wrong[cell] = str(one.error)
        elif difference := differs(outcomes[one.fault, one.phase], one.outcome, stalls.share):
            wrong[cell] = difference
    return wrong, stalls


async def test_a_share_of_the_matrix_is_as_the_table_says(tmp_path: Path):
    wrong, stalls = await played(tmp_path, share(), at_once=AT_ONCE)
    for again in range(1, ROUNDS):
        if not wrong or stalls.longest_s < STALLED_S:
            break
        # What such a machine shows is its own: those that differ are played one at a time.
        wrong, stalls = await played(tmp_path / str(again), list(wrong), at_once=1)
    said = [f"{fault.key}, {phase}: {difference}" for (fault, phase), difference in wrong.items()]
    assert not wrong, f"with {stalls.share:.0%} of the time given to others:\n" + "\n".join(said)


async def test_a_killed_gateway_is_noticed_in_every_phase_and_every_talk_goes_on(tmp_path: Path):
    for one in await play_killed(tmp_path):
        assert one.outcome is not None
        assert one.outcome.goes_on
        assert one.outcome.lost == 0
