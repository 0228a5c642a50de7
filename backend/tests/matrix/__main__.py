"""`python -m tests.matrix`: plays the whole matrix and writes outcomes.json and docs/reliability.md."""

import asyncio
import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench.results.environment import machine
from tests.matrix.cell import Outcome
from tests.matrix.faults import NO_FAULT, cells
from tests.matrix.killed import KEY, play_killed
from tests.matrix.run import Result, run
from tests.matrix.table import replace_some, save, write_page

WORKERS = 2


async def _worker(part: int, out: Path) -> None:
    """One of several processes, each with its share of the cells: one event loop alone uses one core."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.matrix", "--part", str(part), "--out", str(out))
    )
    if await process.wait():
        raise SystemExit(f"part {part} of the matrix ended with {process.returncode}")


async def _all() -> int:
    with TemporaryDirectory() as name:
        folder = Path(name)
        outs = [folder / f"{part}.json" for part in range(WORKERS)]
        await asyncio.gather(*(_worker(part, out) for part, out in enumerate(outs)))
        results = [_result(row) for out in outs for row in json.loads(out.read_text())]
        results = list({(one.fault, one.phase): one for one in results}.values())
        results += await play_killed(folder)
    facts = machine()
    save(f"{facts['cpu']}, {facts['cores']} cores, Python {facts['python']}", results)
    print(f"{len(results)} cells written")
    return 0


def _result(row: dict) -> Result:
    outcome = Outcome(**row["outcome"]) if row["outcome"] else None
    return Result(row["fault"], row["phase"], outcome, row["error"])


def main() -> int:
    parser = ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--page", action="store_true", help="only write docs/reliability.md again")
    parser.add_argument("--only", default="", help="play only faults whose name has this in it")
    parser.add_argument("--save", action="store_true", help="with --only: put them into the table")
    parser.add_argument("--part", type=int)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.page:
        write_page()
        return 0
    if options.part is None and not options.only:
        return uvloop.run(_all())
    wanted = [cell for cell in cells() if options.only in cell[0].key]
    if options.part is not None:
        rest = [cell for cell in wanted if cell[0] is not NO_FAULT]
        wanted = [cell for cell in wanted if cell[0] is NO_FAULT] + rest[options.part :: WORKERS]
    with TemporaryDirectory() as name:
        killed = options.only and options.only in KEY
        results = uvloop.run(play_killed(Path(name)) if killed else run(Path(name), wanted))
    if options.save:
        replace_some(results)
    if options.out:
        options.out.write_text(json.dumps([asdict(result) for result in results]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
