"""Floods on data channels: dc.py, dc20.py."""

from typing import Any

import pytest

from tests.attacks.attackers import channels
from tests.attacks.target import Target


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    """The attacker's end of the connection is on this machine."""
    return {"S2S_ICE_REMOTE": "any"}


def test_a_message_without_end_ends_the_connection_before_it_fills_the_memory(target: Target):
    assert not target.attack_unnoticed(channels.endless_message).is_open


def test_messages_behind_a_gap_are_kept_up_to_the_window(target: Target):
    poured = target.attack_unnoticed(channels.behind_a_gap)
    assert poured.sent_bytes > 2_000_000, "more than the window, or nothing was tried"


def test_crumbs_behind_a_gap_hold_up_no_other_call(target: Target):
    target.attack_unnoticed(channels.crumbs_behind_a_gap)


def test_messages_of_a_quarter_megabyte_are_dropped_and_the_call_goes_on(target: Target):
    assert target.attack_unnoticed(channels.big_messages)


def test_crumbs_on_the_audio_channel_end_the_connection(target: Target):
    assert not target.attack_unnoticed(channels.crumbs)


def test_three_hundred_channels_end_the_connection(target: Target):
    assert not target.attack_unnoticed(channels.many_channels)
