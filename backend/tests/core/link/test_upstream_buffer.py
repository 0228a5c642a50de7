"""What the next socket hears again of what was sent before."""

from s2s.core.effects import SendAudio
from s2s.core.link.upstream_buffer import MAX_UNNOTICED_FRAMES, MAX_UTTERANCE_FRAMES, UpstreamBuffer


def live_buffer() -> UpstreamBuffer:
    buffer = UpstreamBuffer()
    buffer.on_link_open(again=False)
    return buffer


def send(buffer: UpstreamBuffer, frames: range, *, silent: bool = False) -> None:
    for number in frames:
        buffer.send(SendAudio(number.to_bytes(4, "little")), silent=silent)


def heard_by_the_next_socket(buffer: UpstreamBuffer) -> list[int]:
    buffer.on_link_lost(planned=False)
    return [int.from_bytes(e.pcm, "little") for e in buffer.on_link_open() if isinstance(e, SendAudio)]


def test_words_over_an_answer_keep_their_beginning_after_too_long_a_question():
    buffer = live_buffer()
    buffer.start_utterance(0)
    send(buffer, range(MAX_UTTERANCE_FRAMES - 100))
    buffer.on_reply_started()
    buffer.start_utterance(0)
    over_the_answer = range(2_000, 2_200)
    send(buffer, over_the_answer)
    buffer.on_reply_finished()
    assert heard_by_the_next_socket(buffer) == [*over_the_answer]


def test_the_last_second_of_apparent_silence_is_heard_by_every_next_socket():
    """It may have been soft speech that the meter did not notice."""
    buffer = live_buffer()
    frames = range(2 * MAX_UNNOTICED_FRAMES)
    send(buffer, frames, silent=True)
    for _ in range(3):
        assert heard_by_the_next_socket(buffer) == [*frames[-MAX_UNNOTICED_FRAMES:]]
