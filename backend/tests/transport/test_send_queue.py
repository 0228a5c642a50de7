"""A line that is slower than the voice: an interruption is not late there, and voice is sent, or silenced, and nothing
else happens to it."""

from hypothesis import given
from hypothesis import strategies as st

from s2s import wire
from s2s.transport.send_queue import BrowserSendQueue

FRAME_BYTES = 12 + 960
LINE_BYTES_PER_S = 25_000
"""200 kbit/s, half of what the voice needs."""


def frame(turn: int, seq: int) -> bytes:
    return wire.encode_frame(wire.Frame(turn, seq, seq * 20, b"\1\0" * 480))


def flush(turn: int) -> str:
    return wire.encode(wire.Flush(turn=turn, heard_ms=0))


def all_of(backlog: BrowserSendQueue) -> list[bytes | str]:
    items = []
    while (item := backlog.pop_next()) is not None:
        items.append(item)
    return items


def test_on_a_slow_connection_a_flush_is_sent_at_once_and_no_silenced_audio_after_it():
    """In virtual time: four seconds of voice were said; the line carries half a frame in 20 ms."""
    backlog, room_bytes, came = BrowserSendQueue(), 0.0, []
    interrupted_ms = 4_000
    for now_ms in range(0, 6_000, 20):
        if now_ms < interrupted_ms:
            backlog.enqueue_frame(frame(7, now_ms // 20))
        elif now_ms == interrupted_ms:
            assert backlog.audio_frames > 90
            backlog.enqueue_control(flush(7))
        room_bytes += LINE_BYTES_PER_S * 0.02
        while room_bytes > 0 and (item := backlog.pop_next()) is not None:
            room_bytes -= len(item)
            came.append((now_ms, item))
    assert came[-1] == (interrupted_ms, flush(7))
    assert [wire.decode_frame(item, 480).seq for _, item in came[:-1]] == list(range(len(came) - 1))
    assert (backlog.audio_bytes, backlog.control_chars, len(backlog)) == (0, 0, 0)


def test_what_was_said_by_the_next_turn_is_not_thrown_away_with_the_one_before():
    backlog = BrowserSendQueue()
    for turn in (0xFFFF, 0, 1):
        backlog.enqueue_frame(frame(turn, turn))
    backlog.enqueue_control(flush(0))
    assert all_of(backlog) == [flush(0), frame(1, 1)]


def test_a_message_overtakes_the_voice_and_the_end_of_a_turn_stays_behind_it():
    backlog = BrowserSendQueue()
    end, after = wire.encode(wire.TurnEnd(turn=1, voice_ms=20)), wire.encode(wire.State(phase="listening"))
    pong = wire.encode(wire.Pong(ms=1, gateway_ms=1))
    backlog.enqueue_frame(frame(1, 0))
    backlog.enqueue_control(pong)
    assert backlog.pop_message() == pong
    assert backlog.pop_message() is None
    backlog.enqueue_control(end)
    backlog.enqueue_control(after)
    assert backlog.messages == 2
    assert all_of(backlog) == [frame(1, 0), end, after]


def test_messages_keep_their_order_when_a_flush_removes_the_audio_between_them():
    backlog = BrowserSendQueue()
    end = wire.encode(wire.TurnEnd(turn=1, voice_ms=20))
    backlog.enqueue_frame(frame(1, 0))
    backlog.enqueue_control(end)
    backlog.enqueue_frame(frame(2, 1))
    backlog.enqueue_control(flush(2))
    assert [backlog.pop_message(), backlog.pop_message(), backlog.pop_message()] == [end, flush(2), None]


def test_where_nobody_takes_voice_any_more_the_messages_still_come():
    backlog = BrowserSendQueue()
    end = wire.encode(wire.TurnEnd(turn=1, voice_ms=20))
    backlog.enqueue_frame(frame(1, 0))
    backlog.enqueue_control(end)
    backlog.enqueue_frame(frame(2, 1))
    backlog.drop_audio()
    assert all_of(backlog) == [end]


SAID = st.lists(
    st.sampled_from(["voice", "voice", "end", "pong", "flush", "line takes one", "messages go"]), max_size=60
)


@given(SAID)
def test_audio_is_sent_once_in_order_or_flushed_and_messages_once_and_in_order(said: list[str]):
    backlog, turn, seq = BrowserSendQueue(), 1, 0
    put, put_messages, silenced, sent = [], [], -1, []
    for number, what in enumerate(said):
        message = None
        match what:
            case "voice":
                backlog.enqueue_frame(frame(turn, seq))
                put.append((turn, seq))
                seq += 1
            case "end":
                message = wire.encode(wire.TurnEnd(turn=turn, voice_ms=number))
                turn += 1
            case "pong":
                message = wire.encode(wire.Pong(ms=number, gateway_ms=0))
            case "flush":
                message, silenced = flush(turn), turn
                turn += 1
            case "line takes one":
                sent.append(backlog.pop_next())
            case "messages go":
                sent.append(backlog.pop_message())
        if message is not None:
            backlog.enqueue_control(message)
            put_messages.append(message)
    sent += all_of(backlog)
    messages = [item for item in sent if isinstance(item, str)]
    voices = [wire.decode_frame(item, 480) for item in sent if isinstance(item, bytes)]
    heard = [(one.turn, one.seq) for one in voices]
    assert sorted(messages) == sorted(put_messages)
    assert [m for m in messages if "pong" not in m] == [m for m in put_messages if "pong" not in m]
    assert heard == [one for one in put if one in set(heard)]
    assert all(one in heard for one in put if one[0] > silenced)
    over = -1
    for item in sent:
        if isinstance(item, bytes):
            assert wire.decode_frame(item, 480).turn > over, "nothing of a turn comes after its end or its flush"
        elif item is not None and "pong" not in item:
            over = wire.decode_to_browser(item).turn
    assert (backlog.audio_frames, backlog.audio_bytes, backlog.control_chars, backlog.messages) == (0, 0, 0, 0)
