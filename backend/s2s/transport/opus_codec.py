"""Encode and decode Opus for networks that are too slow for PCM. The core only sees PCM.

Low delay (RFC 6716, restricted low-delay mode): 20 ms frames and a look-ahead of 2.5 ms, which `DownlinkEncoder`
flushes at the end so that every sample keeps its position. PyAV, an aiortc dependency that bundles libopus, encodes.
Bit rates are in `wire.audio_frame`.
"""

from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext
from av.codec import codecs_available

from s2s import wire

CODECS: tuple[str, ...] = ("opus",) if "libopus" in codecs_available else ()
# Out of 10. A higher value costs a third more CPU with no difference that a speech recognizer or a user notices.
COMPLEXITY = 5
_DECODER_RATE = 48_000
_DECODER_SAMPLES = _DECODER_RATE * wire.FRAME_MS // 1000
_FLAGS = 1
_TURN = slice(2, 4)
Samples = npt.NDArray[np.int16]
_SILENCE = bytes(2 * wire.OUTPUT_SAMPLES)


class OpusError(Exception):
    """A packet could not be decoded or encoded. The message may be shown on the page."""


class Encoder:
    """Opus encoder: PCM16 mono in, one packet per 20 ms out."""

    def __init__(self, rate_hz: int, bits_per_s: int) -> None:
        self._rate_hz, self._pts = rate_hz, 0
        self._time_base = Fraction(1, rate_hz)
        codec = AudioCodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)
        codec.sample_rate, codec.bit_rate, codec.time_base = rate_hz, bits_per_s, self._time_base
        codec.format, codec.layout = "s16", "mono"
        codec.options = {
            "application": "lowdelay",
            "frame_duration": str(wire.FRAME_MS),
            "compression_level": str(COMPLEXITY),
            "vbr": "constrained",
        }
        self._codec = codec

    def encode(self, pcm: bytes) -> bytes:
        """Encode 20 ms of PCM16. Raises OpusError."""
        samples = len(pcm) // 2
        frame = av.AudioFrame(format="s16", layout="mono", samples=samples)
        frame.planes[0].update(pcm)
        frame.sample_rate, frame.pts, frame.time_base = self._rate_hz, self._pts, self._time_base
        self._pts += samples
        try:
            packets = self._codec.encode(frame)
        except av.FFmpegError as fault:
            raise OpusError(f"the encoder failed: {fault}") from fault
        if len(packets) != 1:
            raise OpusError(f"{len(packets)} packets of one frame")
        return bytes(packets[0])


class Decoder:
    """Opus decoder: packets of 20 ms in, one frame of PCM16 mono each out."""

    def __init__(self, rate_hz: int) -> None:
        """`rate_hz` is the output rate: 16 or 24 kHz."""
        # The encoder's input held nothing above half its sample rate, so the decoder's 48 kHz can be decimated by 3 or
        # 2 without a filter.
        self._step = _DECODER_RATE // rate_hz
        codec = AudioCodecContext.create("libopus", "r")
        assert isinstance(codec, AudioCodecContext)
        codec.sample_rate = _DECODER_RATE
        codec.format, codec.layout = "s16", "mono"
        self._codec = codec

    def decode(self, packet: bytes) -> bytes:
        """Return 20 ms of PCM16, delayed by 2.5 ms against the encoder's input. Raises OpusError."""
        try:
            frames = self._codec.decode(av.Packet(packet))
        except av.FFmpegError as fault:
            raise OpusError(f"not an Opus packet ({fault})") from fault
        samples = sum(frame.samples for frame in frames)
        if len(frames) != 1 or samples != _DECODER_SAMPLES:
            raise OpusError(f"an Opus packet of {1000 * samples // _DECODER_RATE} ms; expected {wire.FRAME_MS}")
        pcm = np.frombuffer(bytes(frames[0].planes[0]), dtype="<i2", count=_DECODER_SAMPLES)
        return pcm[:: self._step].tobytes()


class DownlinkEncoder:
    """Encoder of one browser's audio frames, PCM or Opus."""

    def __init__(self) -> None:
        self._wanted = False
        self._encoder: Encoder | None = None
        self._turn = b""

    def select_codec(self, codec: wire.Codec) -> None:
        """Switch the codec from the next frame on. The last frame before PCM is still Opus and carries the encoder's
        look-ahead."""
        self._wanted = codec == "opus"

    def encode_frame(self, frame: bytes) -> bytes:
        """Convert an encoded PCM frame to the selected codec. Raises OpusError and falls back to PCM."""
        if not self._wanted and self._encoder is None:
            return frame
        if frame[_TURN] != self._turn:
            # No audio of an interrupted or finished answer may leak into the next one.
            self._turn, self._encoder = frame[_TURN], None
            if not self._wanted:
                return frame
        try:
            return self._encode_opus(frame)
        except OpusError:
            self._wanted, self._encoder = False, None
            raise

    def _encode_opus(self, frame: bytes) -> bytes:
        encoder = self._encoder = self._encoder or Encoder(wire.OUTPUT_RATE, wire.OPUS_DOWN_BITS_PER_S)
        flags = frame[_FLAGS] | wire.FLAG_OPUS
        payload = encoder.encode(frame[wire.HEADER_BYTES :])
        if flags & wire.FLAG_LAST_OF_TURN or not self._wanted:
            flags |= wire.FLAG_OPUS_TAIL
            payload = len(payload).to_bytes(2) + payload + encoder.encode(_SILENCE)
            self._encoder = None
        return frame[:_FLAGS] + bytes((flags,)) + frame[_FLAGS + 1 : wire.HEADER_BYTES] + payload


class MicDecoder:
    """Decoder of one page's mic frames, fed in order. Output: PCM16 at 16 kHz."""

    def __init__(self) -> None:
        self._decoder: Decoder | None = None

    def decode_frame(self, frame: wire.Frame) -> bytes:
        """Return 20 ms of PCM16. Raises OpusError."""
        if not frame.flags & wire.FLAG_OPUS:
            self._decoder = None
            return frame.pcm
        decoder = self._decoder = self._decoder or Decoder(wire.INPUT_RATE)
        return decoder.decode(frame.pcm)


class DownlinkDecoder:
    """Decoder of the gateway's audio frames, fed in order: the counterpart of `opus/decoder.ts` for headless clients.

    Output: PCM16 at 24 kHz. The first frame of a run of Opus is 2.5 ms short and the last one that much longer, so
    sample n of a turn is always sample n of its audio.
    """

    def __init__(self) -> None:
        self._decoder: Decoder | None = None
        self._turn = -1
        self._behind = 0
        self._last = np.zeros(1, "<i2")

    def decode_frame(self, frame: wire.Frame) -> bytes:
        """Return the audio to play for this frame. Raises OpusError."""
        if frame.turn != self._turn:
            self._turn, self._decoder, self._behind = frame.turn, None, 0
        if frame.flags & wire.FLAG_OPUS:
            samples = self._decode_opus(frame)
        else:
            samples = np.frombuffer(frame.pcm, "<i2")
            if self._behind:
                # The last frame of the Opus run was lost: interpolate linearly over the gap.
                bridge = np.linspace(self._last[-1], samples[0], self._behind).astype("<i2")
                samples = np.concatenate((bridge, samples))
            self._decoder, self._behind = None, 0
        self._last = samples[-1:]
        return samples.tobytes()

    def _decode_opus(self, frame: wire.Frame) -> Samples:
        decoder = self._decoder = self._decoder or Decoder(wire.OUTPUT_RATE)
        tail = bool(frame.flags & wire.FLAG_OPUS_TAIL)
        first, rest = split_tail(frame.pcm) if tail else (frame.pcm, b"")
        skip = wire.OPUS_LOOKAHEAD_SAMPLES - self._behind
        samples = np.frombuffer(decoder.decode(first), "<i2")[skip:]
        self._behind = 0 if tail else wire.OPUS_LOOKAHEAD_SAMPLES
        if not tail:
            return samples
        self._decoder = None
        flushed = np.frombuffer(decoder.decode(rest), "<i2")[: wire.OPUS_LOOKAHEAD_SAMPLES]
        return np.concatenate((samples, flushed))


def split_tail(payload: bytes) -> tuple[bytes, bytes]:
    """Split the payload of a frame with FLAG_OPUS_TAIL into its two packets. Raises OpusError."""
    length = int.from_bytes(payload[:2])
    if not 0 < length < len(payload) - 2:
        raise OpusError("a last Opus frame without its second packet")
    return payload[2 : 2 + length], payload[2 + length :]
