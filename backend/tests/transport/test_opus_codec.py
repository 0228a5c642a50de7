"""Opus at the door: no sample too many or too few, whatever is switched, cut or lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2s import wire
from s2s.transport.opus_codec import Decoder, DownlinkDecoder, DownlinkEncoder, Encoder, MicDecoder, OpusError

N = wire.OUTPUT_SAMPLES


def voice(frames: int, seed: int = 1) -> np.ndarray:
    """Something whose every 10 ms are different, so that a shift of one sample would show."""
    at = np.arange(frames * N)
    pitch = 300 + 200 * np.sin(at / 3_000 + seed)
    return (6_000 * np.sin(np.cumsum(2 * np.pi * pitch / wire.OUTPUT_RATE))).astype("<i2")


class Line:
    """A gateway's voice and a listener, without a network between."""

    def __init__(self) -> None:
        self.writer, self.reader = DownlinkEncoder(), DownlinkDecoder()
        self.seq = 0
        self.sizes: list[int] = []

    def send(self, turn: int, pcm: np.ndarray, *, last: bool = False, lost: bool = False) -> np.ndarray:
        flags = wire.FLAG_LAST_OF_TURN if last else 0
        frame = wire.Frame(turn=turn, seq=self.seq, clock_ms=20 * self.seq, pcm=pcm.tobytes(), flags=flags)
        self.seq += 1
        sent = self.writer.encode_frame(wire.encode_frame(frame))
        self.sizes.append(len(sent))
        if lost:
            return np.zeros(N, "<i2")
        came = wire.decode_frame(sent, N)
        assert (came.turn, came.seq, came.flags & 1) == (frame.turn, frame.seq, flags)
        return np.frombuffer(self.reader.decode_frame(came), "<i2")


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    one, other = a.astype(float), b.astype(float)
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=12), min_size=1, max_size=4), st.data())
def test_whatever_is_switched_or_lost_every_turn_is_as_long_as_its_voice(turns: list[list[bool]], data: st.DataObject):
    line = Line()
    for turn, opus in enumerate(turns):
        whole = data.draw(st.booleans(), label="to its end")
        lost = data.draw(st.sets(st.integers(0, len(opus) - 1), max_size=2), label="lost")
        pieces = voice(len(opus), turn).reshape(-1, N)
        heard = 0
        for at, (wished, pcm) in enumerate(zip(opus, pieces, strict=True)):
            line.writer.select_codec("opus" if wished else "pcm")
            heard += len(line.send(turn, pcm, last=whole and at == len(opus) - 1, lost=at in lost))
        if whole and len(opus) - 1 not in lost:
            assert heard == len(opus) * N
        else:
            assert heard in (len(opus) * N, len(opus) * N - wire.OPUS_LOOKAHEAD_SAMPLES)


def test_a_switch_in_mid_turn_moves_no_sample():
    line, pcm = Line(), voice(60)
    heard = []
    for at, piece in enumerate(pcm.reshape(-1, N)):
        line.writer.select_codec("opus" if 15 <= at < 40 else "pcm")
        heard.append(line.send(7, piece, last=at == 59))
    sound = np.concatenate(heard)
    assert len(sound) == len(pcm)
    assert np.array_equal(sound[: 15 * N], pcm[: 15 * N])
    # The frame that leaves is the last one of Opus.
    assert np.array_equal(sound[41 * N :], pcm[41 * N :])
    middle = slice(15 * N, 41 * N)
    assert likeness(sound[middle], pcm[middle]) > 0.98
    assert likeness(sound[middle][1:], pcm[middle][:-1]) < likeness(sound[middle], pcm[middle])


def test_an_answer_that_was_cut_leaves_nothing_in_the_next_one():
    line, fresh = Line(), Line()
    for one in (line, fresh):
        one.writer.select_codec("opus")
    for piece in voice(9).reshape(-1, N):
        line.send(1, piece)
    quiet = np.zeros(N, "<i2")
    assert np.array_equal(line.send(2, quiet), fresh.send(2, quiet))


def test_a_lost_frame_moves_nothing_that_follows():
    line, pcm = Line(), voice(40)
    line.writer.select_codec("opus")
    heard = [line.send(1, piece, lost=at == 20, last=at == 39) for at, piece in enumerate(pcm.reshape(-1, N))]
    sound = np.concatenate(heard)
    assert len(sound) == len(pcm)
    assert likeness(sound[24 * N :], pcm[24 * N :]) > 0.97


def test_both_ways_together_stay_within_80_kbit_a_second():
    rng = np.random.default_rng(1)
    loud = (rng.normal(0, 3_000, 200 * N) + voice(200)).clip(-32_000, 32_000).astype("<i2")
    line = Line()
    line.writer.select_codec("opus")
    for piece in loud.reshape(-1, N):
        line.send(1, piece)
    mic = Encoder(wire.INPUT_RATE, wire.OPUS_UP_BITS_PER_S)
    up = [wire.HEADER_BYTES + len(mic.encode(piece.tobytes())) for piece in loud[: 200 * 320].reshape(-1, 320)]
    assert (sum(up) + sum(line.sizes)) * 8 / 4 <= 80_000


def test_a_microphone_may_change_at_any_frame():
    mic, reader = Encoder(wire.INPUT_RATE, wire.OPUS_UP_BITS_PER_S), MicDecoder()
    pcm = bytes(2 * wire.INPUT_SAMPLES)
    for opus in (False, True, True, False, True):
        flags, payload = (wire.FLAG_OPUS, mic.encode(pcm)) if opus else (0, pcm)
        assert len(reader.decode_frame(wire.Frame(0, 0, 0, payload, flags))) == 2 * wire.INPUT_SAMPLES


@pytest.mark.parametrize("packet", [b"\xff" * 50, b"\x03", b"\x00" * 3], ids=["noise", "no frames", "10 ms"])
def test_a_packet_that_is_none_is_refused_in_words(packet: bytes):
    with pytest.raises(OpusError, match="Opus packet"):
        Decoder(wire.INPUT_RATE).decode(packet)


@pytest.mark.parametrize("payload", [b"", b"\0", b"\0\0x", b"\0\x05abcde"])
def test_a_tail_without_its_packet_is_refused_in_words(payload: bytes):
    flags = wire.FLAG_OPUS | wire.FLAG_OPUS_TAIL
    with pytest.raises(OpusError, match="second packet"):
        DownlinkDecoder().decode_frame(wire.Frame(1, 0, 0, payload, flags))
