"""Money by the recordings, and our own count where the service tells none (GEMINI_WIRE R6, R7)."""

import itertools
import json

import pytest

from s2s.core.effects import Dial, HistoryTurn, SendImage, SendText, SendToolResponse, SendVideoFrame
from s2s.core.events import Interrupted, ModelAudio, SocketLost, ToolCalled, TurnComplete, UsageCounted
from s2s.core.observer import SessionClosed
from s2s.limits.usage import BilledTokens, Usage, UsageMeter, built_in_price
from s2s.limits.usage_estimate import UsageEstimate
from s2s.upstream.codec import gemini_codec

PRICE = built_in_price("gemini-3.8-live")
RECORDED = {
    "promptTokenCount": 626,
    "responseTokenCount": 63,
    "totalTokenCount": 689,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 312}, {"modality": "AUDIO", "tokenCount": 287}],
    "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 63}],
    "thoughtsTokenCount": 40,
}
"""Of a turn of gemini-3.8-live: 27 tokens have no kind, the thoughts stand beside the total."""


def read(usage: dict) -> UsageCounted:
    [word] = gemini_codec.decode(json.dumps({"usageMetadata": usage}), iter(()))
    assert isinstance(word, UsageCounted)
    return word


def voice(seconds: float) -> ModelAudio:
    return ModelAudio(b"\0\0" * round(24_000 * seconds))


def test_the_recorded_turn_costs_what_it_cost():
    meter = UsageMeter(PRICE)
    meter.on_event(read(RECORDED))
    assert meter.billed == BilledTokens(prompt_text=312, prompt_audio=314, response_text=40, response_audio=63)
    assert meter.usage == Usage(689 + 40, pytest.approx(0.0021, abs=0.00005))


def test_thoughts_are_text_out_and_can_cost_more_than_the_voice():
    # discuss.ai.google.dev 188765: 136 tokens of thoughts beside 42 of voice.
    usage = read({"promptTokenCount": 522, "responseTokenCount": 42, "totalTokenCount": 564, "thoughtsTokenCount": 136})
    with_thoughts, without = UsageMeter(PRICE), UsageMeter(PRICE)
    with_thoughts.on_event(usage)
    without.on_event(UsageCounted(522, 42, 564))
    assert with_thoughts.usage.usd - without.usage.usd == pytest.approx(136 * 4.5e-6)
    assert 136 * 4.5e-6 > 42 * 12e-6


def test_thoughts_that_a_total_contains_are_counted_once():
    beside, contained = UsageMeter(PRICE), UsageMeter(PRICE)
    beside.on_event(UsageCounted(100, 20, 120, thought_tokens=30))
    contained.on_event(UsageCounted(100, 20, 150, thought_tokens=30))
    assert beside.usage == contained.usage
    assert beside.usage.tokens == 150


def test_pictures_and_video_have_a_price_of_their_own():
    details = [{"modality": kind, "tokenCount": 272} for kind in ("IMAGE", "VIDEO", "TEXT", "AUDIO")]
    usage = read({"promptTokenCount": 4 * 272, "totalTokenCount": 4 * 272, "promptTokensDetails": details})
    meter = UsageMeter(PRICE)
    meter.on_event(usage)
    assert meter.billed == BilledTokens(272, 272, 0, 0, 272, 272)
    assert meter.usage.usd == pytest.approx(272 * (1.0 + 1.0 + 0.75 + 3.0) * 1e-6)


def test_a_missing_count_of_the_response_is_taken_from_the_total():
    assert BilledTokens.from_turn(read({"promptTokenCount": 100, "totalTokenCount": 163})).response_audio == 63
    only_thoughts = {"promptTokenCount": 100, "totalTokenCount": 140, "thoughtsTokenCount": 40}
    assert BilledTokens.from_turn(read(only_thoughts)) == BilledTokens(prompt_audio=100, response_text=40)


def test_the_models_of_one_price_list_cost_the_same():
    by_kind = {name: built_in_price(f"models/{name}").per_million for name in (
        "gemini-3.8-live", "gemini-3.8-live-extended-thinking", "gemini-3.1-flash-live-preview",
    )}  # fmt: skip
    [prices] = {tuple(sorted(each.items())) for each in by_kind.values()}
    assert dict(prices) == {
        "text_in": 0.75, "audio_in": 3.0, "image_in": 1.0, "video_in": 1.0, "text_out": 4.5, "audio_out": 12.0,
    }  # fmt: skip


def test_where_the_service_counts_nothing_the_estimate_stands_in():
    meter = UsageMeter(PRICE, UsageEstimate())
    meter.on_effect(Dial(None))
    for _ in range(50):
        meter.add_user_audio(640 * 3)
    meter.on_event(voice(4.0))
    added = meter.on_event(TurnComplete())
    # 3 s heard, 4 s spoken, 300 of an empty session.
    assert added == meter.usage == Usage(300 + 75 + 100, pytest.approx((300 * 0.75 + 75 * 3 + 100 * 12) * 1e-6))
    assert meter.estimated_turns == 0, "the service may still count this turn"
    meter.on_event(voice(4.0))
    assert meter.estimated_turns == 1
    assert meter.billed == BilledTokens(prompt_text=300, prompt_audio=75, response_audio=100)


def test_the_estimate_bills_the_whole_context_again_on_every_turn():
    meter = UsageMeter(PRICE, UsageEstimate())
    costs = []
    for _ in range(3):
        meter.add_user_audio(32_000 * 4)
        meter.on_event(voice(8.0))
        costs.append(meter.on_event(TurnComplete()))
    assert [cost.tokens for cost in costs] == [300 + 300, 300, 300]
    grown = [later.usd - earlier.usd for earlier, later in itertools.pairwise(costs)]
    # 100 tokens heard and 200 spoken, as sound heard once more.
    assert grown == [pytest.approx(300 * 3e-6), pytest.approx(300 * 3e-6)]


def test_the_estimate_gives_way_when_a_count_comes():
    usage = UsageCounted(626, 63, 689, prompt_text_tokens=312)
    beside, alone = UsageMeter(PRICE, UsageEstimate()), UsageMeter(PRICE)
    for meter in (beside, alone):
        total = Usage()
        # Before the turn's end, after it, and not at all.
        for facts in ([usage, TurnComplete()], [TurnComplete(), usage]):
            for fact in (voice(2.5), *facts):
                total += meter.on_event(fact)
        assert total == Usage(meter.usage.tokens, pytest.approx(meter.usage.usd))
    assert beside.usage == Usage(alone.usage.tokens, pytest.approx(alone.usage.usd))
    assert beside.estimated_turns == 0


def test_a_count_of_the_context_contains_the_turns_that_were_estimated():
    meter = UsageMeter(PRICE, UsageEstimate())
    meter.on_event(voice(4.0))
    meter.on_event(TurnComplete())
    meter.on_event(voice(4.0))
    meter.on_event(UsageCounted(500, 100, 600))
    meter.on_event(TurnComplete())
    assert meter.usage.tokens == 600
    assert meter.estimated_turns == 1


def test_the_estimate_goes_on_from_the_services_count():
    meter = UsageMeter(PRICE, UsageEstimate())
    meter.on_event(voice(4.0))
    meter.on_event(UsageCounted(10_000, 100, 10_100, prompt_text_tokens=4_000))
    meter.on_event(TurnComplete())
    meter.on_event(voice(2.0))
    added = meter.on_event(TurnComplete())
    assert added == Usage(50, pytest.approx((4_000 * 0.75 + 6_100 * 3 + 50 * 12) * 1e-6))


def test_words_pictures_and_functions_are_estimated_too():
    meter = UsageMeter(PRICE, UsageEstimate(preamble_chars=400))
    meter.on_effect(Dial(None, history=(HistoryTurn("user", "x" * 80),)))
    meter.on_effect(SendText("y" * 40))
    meter.on_effect(SendImage(b"jpeg", "z" * 20))
    meter.on_effect(SendVideoFrame(b"jpeg"))
    meter.on_event(ToolCalled("1", "f" * 10, {"k": "v"}))
    meter.on_effect(SendToolResponse("1", "f", {"r": "w" * 91}, True))
    meter.on_event(voice(1.0))
    meter.on_event(TurnComplete())
    meter.on_event(SessionClosed())
    billed = meter.billed
    assert (billed.prompt_image, billed.prompt_video, billed.prompt_audio, billed.response_audio) == (272, 258, 0, 25)
    assert billed.prompt_text == 300 + 100 + 20 + 10 + 5 + 25
    assert billed.response_text == 5


def test_another_session_begins_with_an_empty_context_and_a_resumed_one_does_not():
    def second_turn(handle: str | None) -> int:
        meter = UsageMeter(PRICE, UsageEstimate())
        meter.on_event(voice(40.0))
        meter.on_event(TurnComplete())
        meter.on_event(SocketLost(1006, ""))
        meter.on_effect(Dial(handle))
        before = meter.billed
        meter.on_event(voice(1.0))
        meter.on_event(TurnComplete())
        meter.on_event(SessionClosed())
        return meter.billed.prompt - before.prompt - 300

    assert second_turn(None) == 300
    assert second_turn("h") == 300 + 1000


def test_an_answer_that_was_cut_off_or_whose_socket_died_is_estimated():
    for end in (Interrupted(), SocketLost(1006, ""), SessionClosed()):
        meter = UsageMeter(PRICE, UsageEstimate())
        meter.on_event(voice(4.0))
        meter.on_event(end)
        meter.on_event(voice(4.0)) if not isinstance(end, SessionClosed) else None
        assert meter.billed.response_audio == 100, end


def test_a_bounded_context_bounds_the_estimate():
    def last_prompt(trigger: int, target: int) -> int:
        meter = UsageMeter(PRICE, UsageEstimate(trigger_tokens=trigger, target_tokens=target))
        for _ in range(400):
            meter.on_event(voice(10.0))
            meter.on_event(TurnComplete())
        before = meter.billed
        meter.on_event(SessionClosed())
        return meter.billed.prompt - before.prompt

    assert last_prompt(0, 0) > 90_000
    assert 16_000 <= last_prompt(32_000, 16_000) <= 32_000


def test_an_empty_count_is_none():
    meter = UsageMeter(PRICE, UsageEstimate())
    meter.on_event(voice(4.0))
    meter.on_event(read({}))
    meter.on_event(TurnComplete())
    meter.on_event(read({}))
    assert meter.usage.tokens == 400


def test_a_count_below_zero_is_nothing():
    meter = UsageMeter(PRICE, UsageEstimate())
    for numbers in ((-5, -3, -9), (10, -3, 4), (-1, 7, 2)):
        meter.on_event(UsageCounted(*numbers, prompt_text_tokens=-1, thought_tokens=-4))
        assert meter.usage.tokens >= 0
        assert meter.usage.usd >= 0


def running_after(*steps: object) -> tuple[UsageMeter, Usage]:
    """A meter that has seen these events and effects, and what it says is used by now."""
    meter = UsageMeter(PRICE, UsageEstimate())
    for step in steps:
        if isinstance(step, SendText | SendImage | Dial):
            meter.on_effect(step)
        elif isinstance(step, int):
            meter.add_user_audio(step)
        else:
            meter.on_event(step)
    return meter, meter.running


def test_what_passes_is_used_before_a_turn_ends():
    assert running_after(32_000 * 4)[1] == Usage(100, pytest.approx(100 * 3e-6)), "sound alone bills no context yet"
    meter, used = running_after(SendText("x" * 400))
    assert used == Usage(400, pytest.approx(400 * 0.75e-6)), "a question is answered: the context counts"
    assert meter.usage == Usage()
    _, used = running_after(32_000 * 4, voice(2.0))
    assert used == Usage(450, pytest.approx((300 * 0.75 + 100 * 3 + 50 * 12) * 1e-6))
    _, used = running_after(SendImage(b"jpeg", ""), voice(1.0))
    assert used.tokens == 300 + 272 + 25


def test_what_is_counted_already_does_not_run_twice():
    first = (32_000 * 4, voice(2.0), UsageCounted(400, 50, 450, prompt_text_tokens=300))
    meter, used = running_after(*first)
    assert used == meter.usage == Usage(450, pytest.approx((300 * 0.75 + 100 * 3 + 50 * 12) * 1e-6))
    meter, used = running_after(*first, voice(2.0))
    assert used.tokens == meter.usage.tokens + 50, "what came after the count"
    meter, used = running_after(*first, TurnComplete())
    assert used == meter.usage


@pytest.mark.parametrize("asked", [SendText("x" * 400), 32_000 * 4])
def test_a_call_that_ends_unanswered_is_charged_with_what_was_said(asked: object):
    meter, used = running_after(asked)
    meter.on_event(SessionClosed())
    assert meter.usage == meter.running == used
    assert used.tokens >= 100


def test_a_bill_that_comes_after_the_end_replaces_the_estimate():
    bill = UsageCounted(420, 300, 720, prompt_text_tokens=420)
    meter, used = running_after(SendText("x" * 400), voice(2.0))
    assert meter.awaits_bill
    meter.await_bill()
    assert meter.usage == meter.running == used
    assert not meter.awaits_bill
    meter.on_event(bill)
    meter.on_event(SessionClosed())
    assert meter.usage == meter.running == Usage(720, pytest.approx((420 * 0.75 + 300 * 12) * 1e-6))


def test_no_bill_is_awaited_in_silence_nor_of_a_service_that_counts_nothing():
    assert not running_after(32_000 * 4)[0].awaits_bill
    assert not running_after(voice(2.0), UsageCounted(300, 50, 350), TurnComplete())[0].awaits_bill
    uncounted = running_after(voice(2.0), TurnComplete(), voice(1.0), TurnComplete(), voice(1.0))[0]
    assert uncounted.estimated_turns
    assert not uncounted.awaits_bill


def test_the_next_exchange_costs_the_context_once_more():
    meter, _ = running_after(voice(40.0), UsageCounted(300, 1000, 1300, prompt_text_tokens=300), TurnComplete())
    ahead = meter.next_exchange(10.0)
    assert ahead == Usage(500, pytest.approx((300 * 0.75 + 1_250 * 3 + 250 * 12) * 1e-6))
    assert UsageMeter(PRICE).next_exchange(10.0) == Usage()
