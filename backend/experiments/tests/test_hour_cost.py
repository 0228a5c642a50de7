"""The figures of docs/costs.md are the meter's."""

import json
import re

from experiments.hour_cost import TALKS, hour, table
from s2s.limits.usage import find_price
from s2s.settings import BACKEND_DIR, Settings
from s2s.upstream.models.model_table import find_model

COSTS = (BACKEND_DIR.parent / "docs" / "costs.md").read_text("utf-8")


def test_the_documented_cost_of_an_hour_is_what_the_meter_counts():
    assert table("gemini-3.8-live") in COSTS


def test_the_default_bound_makes_an_hour_cheaper():
    settings = Settings.from_env({})
    bound = settings.s2s_compression_trigger_tokens, settings.compression_target_tokens
    for talk in TALKS[:2]:
        bounded, unbounded = hour(talk, "gemini-3.8-live", *bound), hour(talk, "gemini-3.8-live", 0, 0)
        assert bounded.usd < 0.75 * unbounded.usd
        # What is said is the same; only how often it is billed is not.
        assert bounded.tokens == unbounded.tokens


def test_the_documented_price_file_is_read_and_says_what_the_table_says():
    block = re.search(r"```json\n(.*?)```", COSTS, re.DOTALL)
    assert block is not None
    price = find_price("gemini-3.8-live", json.dumps(json.loads(block[1])).encode())
    model = find_model("gemini-3.8-live")
    assert price is not None
    assert model is not None
    assert model.prices is not None
    assert price.per_million == {name: getattr(model.prices, name) for name in price.per_million}
