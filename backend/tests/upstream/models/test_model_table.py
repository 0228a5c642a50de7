"""The table of models: names, lives, successors."""

from datetime import date

import pytest

from gemini_emulator.protocol import models as emulated
from s2s.upstream.models.model_table import (
    all_models,
    bare_name,
    find_model,
    kind_of,
    locations_to_try,
    nearest_names,
    path_location,
    retirement_warning,
    successor_of,
)

NATIVE_AUDIO = "gemini-live-2.5-flash-native-audio"


def test_every_row_has_a_source_and_the_day_it_was_read():
    for model in all_models():
        assert model.source, model.name
        assert date(2026, 1, 1) < model.read_on <= date(2026, 11, 30), model.name
        assert (model.thinking_levels != ()) == (model.thinking in ("level", "optional_level")), model.name
        if model.prices is not None:
            assert model.prices.source, model.name
            assert date.fromisoformat(model.prices.as_of) <= date(2026, 11, 30), model.name


def test_every_voice_that_is_not_retired_has_a_price():
    for model in all_models():
        if model.kind == "voice" and model.name != "gemini-live-2.5-flash-preview-native-audio-09-2025":
            assert model.prices is not None or model.retires is not None, model.name


def test_names_are_unique_and_every_successor_is_served_where_it_succeeds():
    assert len({model.name for model in all_models()}) == len(all_models())
    for model in all_models():
        for backend, follower in model.successor.items():
            successor = find_model(follower)
            assert backend in model.backends
            assert successor is not None
            assert backend in successor.backends
            assert successor.retires is None


@pytest.mark.parametrize(
    "written",
    [
        "gemini-3.8-live",
        "models/gemini-3.8-live",
        "google/gemini-3.8-live",
        "publishers/google/models/gemini-3.8-live",
        "projects/my-project/locations/us-central1/publishers/google/models/gemini-3.8-live",
        "  Gemini-3.8-Live\t",
        '"gemini-3.8-live"',
        "‘models/GEMINI-3.8-LIVE’",
        "models/gemini-3.8-live/",
        "\u200bgemini-3.8-live\ufeff",
    ],
)
def test_a_model_is_found_however_its_name_is_written(written: str):
    assert bare_name(written) == "gemini-3.8-live"
    assert find_model(written) is not None


def test_a_full_path_tells_its_location():
    assert path_location("projects/p/locations/europe-west4/publishers/google/models/x") == "europe-west4"
    assert path_location("models/x") is None


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("gemini-3.8-liv", "gemini-3.8-live"),
        ("gemini-3.8", "gemini-3.8-live"),
        ("Gemini 3.8 Live", "gemini-3.8-live"),
        ("gemini-live-2.5-flash-native", NATIVE_AUDIO),
        ("gpt-realtime", "gemini-3.8-live"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_known_ones(written: str, nearest: str):
    assert find_model(written) is None
    assert nearest_names(written, "vertex")[0] == nearest


def test_nearest_names_are_only_those_that_this_service_still_has():
    for backend in ("vertex", "developer"):
        for name in nearest_names("gemini-live-2.5-flash-previe", backend):
            model = find_model(name)
            assert model is not None
            assert backend in model.backends
            assert model.name != "gemini-live-2.5-flash-preview"


def test_what_a_model_is_for_is_known_by_the_table_or_by_its_name():
    assert kind_of("gemini-3.5-transcribe-live") == "transcription"
    assert kind_of("models/gemini-9-live-translate-preview") == "translation"
    assert kind_of("gemini-robotics-er-7") == "robotics"
    assert kind_of("gemini-9-live") == "voice"


def test_the_retiring_model_has_a_successor_in_its_own_project_and_location():
    assert successor_of(NATIVE_AUDIO, "vertex", "us-central1") == "gemini-3.8-live"
    assert successor_of(f"models/{NATIVE_AUDIO}", "vertex", "asia-east1") == "gemini-3.8-live"
    assert successor_of(NATIVE_AUDIO, "developer", "") is None
    assert successor_of("gemini-3.8-live", "vertex", "us-central1") is None
    assert successor_of("gemini-9-live", "vertex", "us-central1") is None


def test_a_retired_developer_model_has_a_successor_too():
    assert successor_of("gemini-live-2.5-flash-preview", "developer") == "gemini-3.8-live"
    assert successor_of("gemini-2.0-flash-live-001", "developer") == "gemini-3.8-live"


def test_the_locations_of_a_model_are_named_for_whoever_must_move():
    assert locations_to_try("gemini-3.8-live") == ("us-central1", "global", "eu")
    assert locations_to_try("gemini-9-live") == ()


def test_a_retirement_is_told_from_sixty_days_before():
    assert retirement_warning(NATIVE_AUDIO, "vertex", date(2026, 10, 13)) is None
    warning = retirement_warning(NATIVE_AUDIO, "vertex", date(2026, 10, 14))
    assert warning is not None
    assert "13 December 2026" in warning
    assert "from 13 November 2026" in warning
    assert "gemini-3.8-live" in warning


def test_the_thirteenth_of_december_is_crossed():
    days = [date(2026, 12, day) for day in (12, 13, 14)]
    before, on, after = (retirement_warning(NATIVE_AUDIO, "vertex", day) for day in days)
    assert before is not None
    assert before.startswith(f"{NATIVE_AUDIO} retires on 13 December 2026")
    assert "since 13 November 2026" in before
    assert on == after
    assert on is not None
    assert "was announced to retire on 13 December 2026" in on


def test_the_emulator_never_retires_a_model_and_never_warns():
    for day in (date(2026, 12, 13), date(2036, 1, 1)):
        assert all(retirement_warning(model.name, "emulator", day) is None for model in all_models())


def test_the_emulator_plays_the_models_as_the_table_has_them():
    played = {name: row for name, row in emulated.models().items() if row.state != "retired"}
    for name, row in played.items():
        model = find_model(name)
        assert model is not None, name
        assert set(model.backends) == set(row.backends), name
        assert (model.thinking == "level") == (row.thinking == "required"), name
        assert (model.thinking == "none") == (row.thinking == "forbidden") or model.kind != "voice", name
        assert (model.kind == "translation") == row.translation, name
        assert set(model.not_locations) == set(row.not_regions), name


def test_models_without_a_date_are_not_warned_of():
    assert retirement_warning("gemini-3.8-live", "vertex", date(2036, 1, 1)) is None
    assert retirement_warning("gemini-9-live", "vertex", date(2036, 1, 1)) is None
