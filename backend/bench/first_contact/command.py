"""`make first-contact`: asks the real service whether our tables are right. It costs money, so it asks for leave."""

from __future__ import annotations

import asyncio
import datetime
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from bench.benchmarks.latency import CLIP
from bench.clients.gateway_process import BACKEND
from bench.clients.headless import read_wav
from bench.first_contact.assumptions import assumptions
from bench.first_contact.budget import Budget, TooExpensive
from bench.first_contact.cassette import write_cassette
from bench.first_contact.connection import Dialog, SharedOptions, Timing, hold_conversation
from bench.first_contact.evidence import Conversation, handle_of
from bench.first_contact.refusals import find_unrelated_refusal
from bench.first_contact.report import Row, as_json, table
from bench.first_contact.script import developer_script, settings_of, vertex_script
from bench.first_contact.verdicts import Finding
from gemini_emulator.cassettes.scrubbing import Scrubber
from gemini_live_client import GeminiService
from s2s import logs
from s2s.configuration import env_file
from s2s.settings import Settings, SettingsError
from s2s.upstream.credentials.access_tokens import CredentialsError, GoogleCredentials, credentials_for
from s2s.upstream.models.model_table import bare_name
from s2s.upstream.network.outbound import Network
from s2s.upstream.network.system_proxies import system_proxies
from s2s.upstream.target.endpoints import UpstreamTarget, choose_target

OUT = BACKEND / "first-contact"
LIMIT_USD = 0.50
WHOLE_S = 420.0
"""After this no further conversation begins."""
MINUTES = 3
NEEDS_CONSENT = 2
CONSENT = "YES"
UNDER_TEST = "PYTEST_VERSION"
"""pytest sets it for itself and for every program that it starts."""
REAL_TIME = Timing()
LOOPBACK = frozenset(["127.0.0.1", "::1", "localhost"])


class NoContact(Exception):
    """Nothing was dialled, or no conversation was held. The text is a sentence."""


@dataclass(frozen=True, slots=True)
class Script:
    """What would be held with whom."""

    choice: UpstreamTarget
    talks: tuple[Dialog, ...]

    @property
    def usd(self) -> float:
        """Estimated."""
        return sum(talk.plan.usd(talk.model) for talk in self.talks)


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that came of it."""

    talks: list[Conversation]
    rows: list[Row]
    usd: float


def script_for(settings: Settings, only: Collection[str] = ()) -> Script:
    """`only`: the names of conversations, where not all are wanted. Raises NoContact where no service is configured,
    or where one of them does not exist."""
    choice = choose_target(settings)
    if choice.fault:
        raise NoContact(choice.fault)
    if choice.backend == "emulator" and not choice.base_url:
        raise NoContact(
            "First contact needs the real service: GEMINI_API_KEY in backend/.env, or Vertex AI (VERTEX_AI_SETUP.md)."
        )
    vertex = choice.backend == "vertex"
    talks = vertex_script(choice.model, settings.gcp_region) if vertex else developer_script()
    if unknown := set(only) - {talk.name for talk in talks}:
        known = ", ".join(talk.name for talk in talks)
        raise NoContact(f"There is no conversation called {', '.join(sorted(unknown))}. There are: {known}.")
    return Script(choice, tuple(talk for talk in talks if not only or talk.name in only))


def is_loopback(choice: UpstreamTarget) -> bool:
    return urlsplit(choice.url()).hostname in LOOPBACK


def announcement(script: Script, limit_usd: float) -> str:
    """What it is about to do, and what that costs."""
    held = "\n".join(f"  {talk.name:18} {talk.model:38} {talk.about}" for talk in script.talks)
    return (
        f"First contact with {script.choice.talking_to}: {len(script.talks)} short conversations, about {MINUTES} "
        f"minutes.\n{held}\n"
        f"Estimated cost: ${script.usd:.2f}. It stops by itself at ${limit_usd:.2f} by its own count (--limit-usd)."
    )


def require_consent(choice: UpstreamTarget) -> None:
    """Raises NoContact: tests talk to this machine only, whatever key is lying about."""
    if os.environ.get(UNDER_TEST) and not is_loopback(choice):
        raise NoContact("Tests never talk to Google: point GOOGLE_GEMINI_BASE_URL or GOOGLE_VERTEX_BASE_URL here.")


async def run_conversations(
    settings: Settings,
    *,
    limit_usd: float = LIMIT_USD,
    pace: Timing = REAL_TIME,
    only: Collection[str] = (),
    tell: Callable[[str], None] = lambda line: None,
) -> Found:
    """Holds the conversations, one after the other, and judges them. Raises NoContact."""
    script = script_for(settings, only)
    require_consent(script.choice)
    logs.register_secrets(*settings.secrets)
    network = Network(settings)
    credentials = _credentials(script.choice, settings, network)
    purse = Budget(limit_usd)
    kit = SharedOptions(purse, pace, read_wav(CLIP))
    held: dict[str, Conversation] = {}
    loop = asyncio.get_running_loop()
    began, broke = loop.time(), ""
    for talk in script.talks:
        found = Conversation(talk.name, talk.model, script.choice.backend, talk.location)
        found.began_s = loop.time() - began
        held[talk.name] = found
        if broke or found.began_s > WHOLE_S:
            found.missed = broke or f"The time of all conversations, {WHOLE_S:g} s, was up."
            continue
        handle = _handle(held.get(talk.resumes)) if talk.resumes else None
        if talk.resumes and not handle:
            found.missed = f"There was no handle of '{talk.resumes}' to go on with."
            continue
        choice = choose_target(settings.model_copy(update=dict(settings_of(talk))))
        if choice.fault or choice.model != bare_name(talk.model):
            found.missed = choice.fault or " ".join(choice.warnings) or f"{talk.model} is not offered here."
            continue
        try:
            await hold_conversation(talk, found, GeminiService(choice, credentials, network=network), handle, kit)
        except TooExpensive:
            found.missed = broke = f"The limit of ${limit_usd:.2f} was reached."
        # Where other credentials were shown on purpose, their refusal is the answer.
        if not talk.headers and (stopped := find_unrelated_refusal(found, script.choice.backend)):
            found.missed = logs.scrub(stopped.text)
            broke = found.missed if stopped.for_all else broke
        came = "done" if found.accepted else logs.scrub(found.missed or found.refusal)
        tell(f"{talk.name}: {came} (${purse.usd:.4f})")
    rows = [(assumption, assumption.judge(held)) for assumption in assumptions(script.choice.backend)]
    return Found(list(held.values()), rows, purse.usd)


def _handle(talk: Conversation | None) -> str | None:
    handles = [handle for message in talk.server if (handle := handle_of(message))] if talk else []
    return handles[-1] if handles else None


def _credentials(choice: UpstreamTarget, settings: Settings, network: Network) -> GoogleCredentials | None:
    try:
        return credentials_for(choice, settings, network)
    except CredentialsError as fault:
        raise NoContact(f"{fault} {fault.hint}".strip()) from fault


def secrets_of(settings: Settings, choice: UpstreamTarget) -> dict[str, str]:
    """Kinds by value, for the scrubber."""
    named = {settings.gcp_project_id: "project", choice.project: "project"}
    return {**{value: "key" for value in settings.secrets if value}, **{v: k for v, k in named.items() if v}}


def scrubbed(rows: Iterable[Row], secrets: Mapping[str, str]) -> list[Row]:
    scrub = Scrubber()
    for value, kind in secrets.items():
        scrub.learn(value, kind)
    return [(row, Finding(found.verdict, scrub.text(found.seen))) for row, found in rows]


def write(found: Found, script: Script, settings: Settings, folder: Path) -> tuple[Path, Path]:
    """JSON and cassette. Raises CassetteError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.UTC)
    stem = folder / f"first-contact-{script.choice.backend}-{now:%Y-%m-%d}"
    secrets = secrets_of(settings, script.choice)
    rows = scrubbed(found.rows, secrets)
    scrub = Scrubber()
    for value, kind in secrets.items():
        scrub.learn(value, kind)
    text = as_json(
        rows,
        found.talks,
        usd=found.usd,
        backend=script.choice.backend,
        when=now.isoformat(timespec="seconds"),
        estimate_usd=script.usd,
    )
    document, cassette = stem.with_suffix(".json"), stem.with_suffix(".jsonl")
    document.write_text(scrub.text(text), encoding="utf-8")
    source = "emulator" if is_loopback(script.choice) else "google"
    write_cassette(cassette, found.talks, source, secrets)
    return document, cassette


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=OUT, help="where JSON and cassette go (default %(default)s)")
    parser.add_argument("--limit-usd", type=float, default=LIMIT_USD, help="stop at so much (default %(default)s)")
    parser.add_argument("--only", type=_names, default=[], metavar="NAMES", help="hold these only, as talk,stop")
    parser.add_argument("--yes", action="store_true", help="the same as YES=1: hold the conversations")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def main(options: Namespace) -> int:
    file = env_file.read(BACKEND / ".env")
    known = {**file.values, **os.environ}
    try:
        return asyncio.run(run(options, {**system_proxies(known), **known}, mistakes=file.mistakes))
    except (NoContact, SettingsError) as fault:
        print(fault, file=sys.stderr)
        return 1


async def run(
    options: Namespace, environ: Mapping[str, str], pace: Timing = REAL_TIME, *, mistakes: Sequence[str] = ()
) -> int:
    """The exit code: 0 also where something is refuted, which is what it is for. Raises NoContact, SettingsError, also
    where no conversation was held."""
    settings = Settings.from_env(environ, mistakes=mistakes)
    script = script_for(settings, options.only)
    print(announcement(script, options.limit_usd))
    if not options.yes and environ.get(CONSENT) != "1":
        print("Nothing was dialled. To go ahead: YES=1 make first-contact")
        return NEEDS_CONSENT
    found = await run_conversations(
        settings,
        limit_usd=options.limit_usd,
        pace=pace,
        only=options.only,
        tell=lambda line: print(" ", line),
    )
    if all(talk.missed for talk in found.talks):
        raise NoContact(f"No conversation was held. {found.talks[0].missed} `make doctor` tries each step of the way.")
    rows = scrubbed(found.rows, secrets_of(settings, script.choice))
    print(table(rows, found.talks, found.usd))
    document, cassette = write(replace(found, rows=rows), script, settings, options.out)
    print(f"\n{document}\n{cassette}\nRead the cassette before you share it. In tests/contract/cassettes it is a test.")
    return 0
