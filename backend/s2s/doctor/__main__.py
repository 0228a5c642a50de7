"""`python -m s2s.doctor`, `make doctor`: report line by line what works. Exit code 0: calls can work."""

import argparse
import asyncio
import importlib
import json
import sys
from typing import Any

from s2s import logs, startup
from s2s.configuration import env_file
from s2s.doctor import machine
from s2s.doctor.examination import examine
from s2s.doctor.report import Finding, as_json, closing, line, works
from s2s.rest.creation_routes import session_config
from s2s.rest.schemas import CreateSession
from s2s.settings import SettingsError
from s2s.tools.registry import ToolRegistry


class Printer:
    """Print findings as they come; on a terminal also the step in progress."""

    def __init__(self, *, quiet: bool) -> None:
        self.findings: list[Finding] = []
        self._quiet = quiet
        self._progress = not quiet and sys.stdout.isatty()

    def begin_step(self, what: str) -> None:
        if self._progress:
            self._write(f"\r\033[K… {what}")

    def print_finding(self, finding: Finding) -> None:
        safe = Finding(finding.step, finding.verdict, logs.scrub(finding.message), logs.scrub(finding.remedy))
        self.findings.append(safe)
        if not self._quiet:
            self._write(("\r\033[K" if self._progress else "") + line(safe) + "\n")

    def end_step(self) -> None:
        if self._quiet:
            self._write(json.dumps(as_json(self.findings), ensure_ascii=False, indent=2) + "\n")
        else:
            self._write(("\r\033[K" if self._progress else "") + closing(self.findings) + "\n")

    def stop(self) -> None:
        """End the output after Ctrl-C; findings so far have been printed."""
        if not self._quiet:
            self._write(("\r\033[K" if self._progress else "") + "Stopped.\n")

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _program() -> Any:
    """Import the gateway's main module, which reads the environment. Raises SystemExit from SettingsError for wrong
    settings."""
    return importlib.import_module("main")


async def run(printer: Printer) -> None:
    """Run all steps and print their findings."""
    try:
        program = _program()
    except SystemExit as stop:
        for mistake in stop.__cause__.mistakes if isinstance(stop.__cause__, SettingsError) else [str(stop)]:
            printer.print_finding(
                Finding("settings", "failed", mistake, "Correct it in backend/.env; see backend/.env.example.")
            )
        printer.print_finding(Finding("the rest", "skipped", "not tried before the settings are right"))
        return
    file = env_file.read(startup.ENV_FILE)
    printer.print_finding(machine.check_settings_file(file, startup.ENV_FILE))
    settings = startup.load_settings()
    tools: ToolRegistry = program.default_registry
    for finding in machine.check_functions(tools.names(), tools.doubts):
        printer.print_finding(finding)
    config = session_config(CreateSession(), settings, tools)
    async for finding in examine(settings, startup.environment(file), tools, config, printer.begin_step):
        printer.print_finding(finding)


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m s2s.doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end instead of lines")
    wanted = parser.parse_args()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    printer = Printer(quiet=wanted.json)
    try:
        asyncio.run(run(printer))
    except KeyboardInterrupt:
        printer.stop()
        return 130
    printer.end_step()
    return 0 if works(printer.findings) else 1


if __name__ == "__main__":
    sys.exit(main())
