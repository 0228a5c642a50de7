"""The emulator and the gateway share no code: each has a table of models of its own, and both say the same."""

from datetime import date

import pytest

from gemini_emulator.protocol.models import Traits, models
from s2s.upstream.models.model_table import Model, all_models, find_model

VOICES = [model for model in all_models() if model.kind == "voice"]
THINKING = {"none": "forbidden", "level": "required", "optional_level": "level", "budget": "budget"}


def known(model: Model) -> Traits:
    return models()[model.name]


def test_every_voice_model_of_the_gateway_is_played_by_the_emulator_and_no_other_is():
    assert {model.name for model in VOICES} <= set(models())
    assert all(find_model(name) is not None for name in models())


@pytest.mark.parametrize("model", VOICES, ids=lambda model: model.name)
def test_both_tables_know_the_same_services_places_and_dates(model: Model):
    traits = known(model)
    assert set(traits.backends) == set(model.backends)
    assert set(traits.not_regions) == set(model.not_locations)
    assert traits.retires == (model.retires.isoformat() if model.retires else "")
    gone = model.retires is not None and model.retires <= model.read_on
    assert (traits.state == "retired") == gone


@pytest.mark.parametrize("model", [m for m in VOICES if known(m).state != "retired"], ids=lambda model: model.name)
def test_both_tables_know_how_a_model_is_told_to_think(model: Model):
    traits = known(model)
    assert traits.thinking == THINKING[model.thinking]
    if traits.thinking in ("required", "level"):
        assert set(model.thinking_levels) <= set(traits.thinking_levels)


def test_the_story_of_the_thirteenth_of_december_is_in_both():
    old = find_model("gemini-live-2.5-flash-native-audio")
    assert old is not None
    assert old.retires == date(2026, 12, 13)
    assert old.closed_to_new_projects == date(2026, 11, 13)
