"""Load talker that sends and receives Opus once the gateway has agreed."""

import httpx

from bench.harness.speech_talker import SpeechTalker
from s2s import wire
from s2s.transport.opus_codec import DownlinkDecoder, Encoder


class OpusTalker(SpeechTalker):
    """Behaves as the page on a slow network."""

    def __init__(self, number: int, http: httpx.AsyncClient) -> None:
        super().__init__(number, http)
        self._encoder: Encoder | None = None
        self._reader = DownlinkDecoder()

    def encode_frame(self, index: int) -> bytes:
        frame = super().encode_frame(index)
        if self._encoder is None:
            return frame
        packet = self._encoder.encode(frame[wire.HEADER_BYTES :])
        return frame[:1] + bytes((wire.FLAG_OPUS,)) + frame[2 : wire.HEADER_BYTES] + packet

    def _take(self, data: bytes) -> None:
        frame = wire.decode_frame(data, wire.OUTPUT_SAMPLES)
        super()._take(data[: wire.HEADER_BYTES] + self._reader.decode_frame(frame))

    def _told(self, text: str) -> None:
        super()._told(text)
        match wire.decode_to_browser(text):
            case wire.Ready():
                self._tell(wire.WishCodec(codec="opus", reason="bench"))
            case wire.UseCodec(codec="opus"):
                self._encoder = Encoder(wire.INPUT_RATE, wire.OPUS_UP_BITS_PER_S)
