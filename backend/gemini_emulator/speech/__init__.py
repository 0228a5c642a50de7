"""Speech engines behind one interface: voice activity detection, recognition, synthesis, language models."""

import os

# onnxruntime 1.32 makes up an id for the machine, keeps events in ~/.cache/Microsoft and sends them to its maker. It
# reads this variable when it is loaded, which is never before this module. An offline engine asks no third party.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
