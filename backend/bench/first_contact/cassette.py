"""The conversations as a cassette, scrubbed, with the lengths of sounds instead of the sounds."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.first_contact.evidence import Conversation, Frame, Message
from gemini_emulator.cassettes import blobs
from gemini_emulator.cassettes.format import Header, Writer
from gemini_emulator.cassettes.scrubbing import Scrubber

ABOUT = "First contact: the script of bench/first_contact."


def write_cassette(
    path: Path, talks: Iterable[Conversation], source: str, secrets: Mapping[str, str], about: str = ABOUT
) -> None:
    """Raises CassetteError when the file cannot be made. `secrets`: kinds (`key`, `project`) by value."""
    scrub = Scrubber(keep_blobs=False)
    for value, kind in secrets.items():
        scrub.learn(value, kind)
    held = [talk for talk in talks if talk.opened or talk.http_status]
    _learn_names(scrub, held)
    writer = Writer(path)
    writer.open(overwrite=True)
    try:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        writer.head(Header(source, "lengths", now, about))
        for number, talk in enumerate(held, 1):
            _write(writer, scrub, number, talk)
    finally:
        writer.close()


def _learn_names(scrub: Scrubber, talks: Iterable[Conversation]) -> None:
    """Handles and sessions may be named in a close reason before the frame that gives them is written."""
    for talk in talks:
        for frame in talk.frames:
            scrub.message(frame.message)


def _write(writer: Writer, scrub: Scrubber, number: int, talk: Conversation) -> None:
    opened: dict[str, Any] = {"path": scrub.target(talk.path), "headers": {}, "credentials": list(talk.credentials)}
    if talk.http_status:
        writer.write(
            talk.began_s, number, "refused", opened | {"status": talk.http_status, "body": scrub.text(talk.http_body)}
        )
        return
    writer.write(talk.began_s, number, "open", opened)
    for frame in _shortened(talk.frames):
        side = "client" if frame.ours else "server"
        writer.write(talk.began_s + frame.at_s, number, side, scrub.message(frame.message), text=frame.text)
    end = {"by": "client" if talk.closed_by_us else "server", "code": talk.close_code or 1006}
    last = talk.frames[-1].at_s if talk.frames else 0.0
    writer.write(talk.began_s + last, number, "closed", end | {"reason": scrub.text(talk.close_reason)})


def _shortened(frames: list[Frame]) -> list[Frame]:
    """Sound of ours that follows sound of ours is one frame: what matters is how much there was, and between what."""
    out: list[Frame] = []
    for frame in frames:
        if out and _is_sound(frame) and _is_sound(out[-1]):
            out[-1] = Frame(out[-1].at_s, True, _joined(out[-1].message, frame.message), frame.text)
        else:
            out.append(frame)
    return out


def _is_sound(frame: Frame) -> bool:
    return frame.ours and "audio" in frame.message.get("realtimeInput", {})


def _joined(first: Message, second: Message) -> Message:
    sounds = [message["realtimeInput"]["audio"] for message in (first, second)]
    size = sum(blobs.size_bytes(sound) for sound in sounds)
    return {"realtimeInput": {"audio": {**sounds[0], "data": {"bytes": size}}}}
