"""Tokens and money are counted once: upstream's numbers are cumulative, grow, repeat themselves and shrink."""

import pytest

from s2s.core.events import (
    Interrupted,
    ModelAudio,
    ResumptionHandle,
    SetupComplete,
    SocketLost,
    TurnComplete,
    UsageCounted,
)
from s2s.limits.usage import BilledTokens, Price, PricesError, Usage, UsageMeter, built_in_price, find_price

DOLLAR_A_TOKEN = Price("", 1e6, 1e6, 1e6, 1e6, "2026-11", "a story")


def metered(*facts: object) -> Usage:
    meter = UsageMeter(DOLLAR_A_TOKEN)
    added = [meter.on_event(fact) for fact in facts]
    assert sum(added, Usage()) == meter.usage
    return meter.usage


def counted(prompt: int, response: int) -> UsageCounted:
    return UsageCounted(prompt, response, prompt + response)


def test_each_token_is_counted_once_although_every_turn_names_the_whole_context():
    turns = [
        ModelAudio(b"\0\0"),
        counted(100, 40),
        TurnComplete(),
        ModelAudio(b"\0\0"),
        counted(190, 60),
        TurnComplete(),
    ]
    assert metered(*turns).tokens == 250


def test_money_is_what_the_service_bills_each_turn_with_its_whole_context():
    turns = [
        ModelAudio(b"\0\0"),
        counted(100, 40),
        TurnComplete(),
        ModelAudio(b"\0\0"),
        counted(190, 60),
        TurnComplete(),
    ]
    assert metered(*turns).usd == 140 + 250


def test_numbers_that_grow_within_a_turn_are_one_turn():
    assert metered(ModelAudio(b"\0\0"), counted(100, 10), counted(100, 25), counted(100, 40), TurnComplete()) == Usage(
        140, 140
    )


def test_a_late_repetition_after_the_turn_adds_nothing():
    assert metered(ModelAudio(b"\0\0"), counted(100, 40), TurnComplete(), counted(100, 40)) == Usage(140, 140)


def test_a_resumed_session_goes_on_counting_and_begins_nothing_again():
    before = [SetupComplete(), ModelAudio(b"\0\0"), counted(100, 40), TurnComplete(), ResumptionHandle("h")]
    after = [SocketLost(1006, ""), SetupComplete(), counted(100, 40), ModelAudio(b"\0\0"), counted(160, 20)]
    assert metered(*before, *after) == Usage(180, 140 + 180)


def test_a_fresh_session_that_is_told_the_history_counts_only_what_is_new():
    told_again = [SocketLost(1006, ""), SetupComplete(), ModelAudio(b"\0\0"), counted(30, 20), TurnComplete()]
    assert metered(ModelAudio(b"\0\0"), counted(1000, 40), TurnComplete(), *told_again).tokens == 1040 + 20


def test_an_interrupted_turn_is_billed_and_so_is_the_next_one():
    assert (
        metered(ModelAudio(b"\0\0"), counted(100, 5), Interrupted(), ModelAudio(b"\0\0"), counted(130, 20)).usd == 255
    )


def test_text_and_audio_have_their_own_prices_and_what_is_not_named_is_audio():
    price = Price("", text_in=1e6, audio_in=10e6, text_out=2e6, audio_out=20e6, as_of="", source="")
    assert price.cost_of_turn(UsageCounted(5, 3, 8, prompt_text_tokens=2, response_text_tokens=1)) == 2 + 30 + 2 + 40
    assert price.cost_of_turn(UsageCounted(5, 3, 8)) == 50 + 60


def test_without_a_price_only_tokens_are_counted():
    meter = UsageMeter(None)
    meter.on_event(counted(10, 5))
    assert meter.usage == Usage(15, 0)


def test_every_default_model_has_a_price_with_its_date_and_source():
    for model in ("gemini-live-2.5-flash-native-audio", "gemini-3.8-live", "a-model-of-next-year"):
        price = built_in_price(model)
        assert price.as_of
        assert price.source
        assert min(price.text_in, price.audio_in, price.text_out, price.audio_out) > 0


@pytest.mark.parametrize("table", [b"", b"{}", b'{"prices": [{"model": "x"}]}', b"\xff"])
def test_a_price_file_that_cannot_be_read_is_refused_in_words(table: bytes):
    with pytest.raises(PricesError, match="price file"):
        find_price("x", table)


def test_the_kinds_of_tokens_are_billed_as_the_money_is():
    meter = UsageMeter(Price("", text_in=1e6, audio_in=10e6, text_out=2e6, audio_out=20e6, as_of="", source=""))
    first = UsageCounted(100, 40, 140, prompt_text_tokens=60, response_text_tokens=10)
    second = UsageCounted(190, 60, 250, prompt_text_tokens=70, response_text_tokens=0)
    facts = [ModelAudio(b"\0\0"), first, TurnComplete(), first, SocketLost(1006, ""), SetupComplete(), first]
    for fact in [*facts, ModelAudio(b"\0\0"), second, TurnComplete()]:
        meter.on_event(fact)
    billed = meter.billed
    assert billed == BilledTokens(prompt_text=130, prompt_audio=160, response_text=10, response_audio=90)
    by_kind = billed.prompt_text + 10 * billed.prompt_audio + 2 * billed.response_text + 20 * billed.response_audio
    assert meter.usage.usd == pytest.approx(by_kind)


def test_tokens_from_before_another_model_answered_keep_their_price():
    meter = UsageMeter(DOLLAR_A_TOKEN)
    for fact in (ModelAudio(b"\0\0"), counted(100, 40), TurnComplete(), SocketLost(1008, "gone")):
        meter.on_event(fact)
    meter.change_price(Price("", 2e6, 2e6, 2e6, 2e6, "2026-11", "a story"))
    assert meter.usage.usd == 140
    for fact in (ModelAudio(b"\0\0"), counted(50, 10), TurnComplete()):
        meter.on_event(fact)
    assert meter.usage.usd == 140 + 2 * 60
    meter.change_price(None)
    assert meter.usage.usd == 140 + 2 * 60
