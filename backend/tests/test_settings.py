"""Which upstream is chosen, and what wrong settings are told."""

from pathlib import Path

import pytest

from s2s.settings import BACKEND_DIR, Settings, SettingsError
from s2s.upstream.target.endpoints import choose_target

EXAMPLE = {
    "GCP_PROJECT_ID": "your-project-id",
    "GCP_REGION": "us-central1",
    "SERVICE_ACCOUNT_KEY_PATH": "service-account-key.json",
    "GEMINI_MODEL": "gemini-live-2.5-flash-native-audio",
}


def chosen(environ: dict[str, str], key: Path | None = None):
    path = str(key) if key else "no-such-key.json"
    return choose_target(Settings.from_env({**environ, "SERVICE_ACCOUNT_KEY_PATH": path}))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    path.write_text("{}")
    return path


def test_without_anything_the_local_engine_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("s2s.settings.BACKEND_DIR", tmp_path)
    choice = choose_target(Settings.from_env({}))
    assert choice.warnings == ()
    assert choice.backend == "emulator"
    assert choice.talking_to == "local engine (no credentials found)"


def test_the_example_file_unedited_leads_to_the_local_engine():
    choice = chosen(EXAMPLE)
    assert (choice.backend, choice.fault) == ("emulator", "")


def test_a_key_file_that_exists_leads_to_vertex(key: Path):
    choice = chosen({**EXAMPLE, "GCP_PROJECT_ID": "my-project"}, key)
    assert choice.backend == "vertex"
    assert choice.url() == (
        "wss://us-central1-aiplatform.googleapis.com/ws/"
        "google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
    )
    assert choice.model_path.format(project="p") == (
        "projects/p/locations/us-central1/publishers/google/models/gemini-live-2.5-flash-native-audio"
    )
    assert choice.warnings == ()


def test_an_api_key_leads_to_the_developer_api_by_either_name():
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        choice = chosen({name: "k"})
        assert (choice.backend, choice.model, choice.api_key) == ("developer", "gemini-3.8-live", "k")
    assert choice.url().endswith("v1beta.GenerativeService.BidiGenerateContent")


def test_the_key_file_wins_over_the_api_key_and_says_so(key: Path):
    choice = chosen({"GEMINI_API_KEY": "k", "GCP_PROJECT_ID": "p"}, key)
    assert choice.backend == "vertex"
    assert "not used" in choice.warnings[0]


def test_the_documents_model_with_an_api_key_is_replaced_in_words():
    choice = chosen({**EXAMPLE, "GEMINI_API_KEY": "k"})
    assert choice.model == "gemini-3.8-live"
    assert "only on Vertex AI" in choice.warnings[0]


def test_a_placeholder_project_is_none_and_nothing_is_claimed_of_an_unread_file(key: Path):
    choice = chosen(EXAMPLE, key)
    assert choice.project == ""
    assert choice.warnings == ()


def test_a_native_audio_model_in_the_global_region_is_warned_about(key: Path):
    choice = chosen({**EXAMPLE, "GCP_REGION": "global", "GCP_PROJECT_ID": "p"}, key)
    assert "us-central1" in choice.warnings[0]
    assert choice.base_url == "wss://aiplatform.googleapis.com"


def test_multi_regions_have_hosts_of_their_own(key: Path):
    assert chosen({"GCP_REGION": "eu", "GCP_PROJECT_ID": "p"}, key).base_url == "wss://aiplatform.eu.rep.googleapis.com"


def test_an_upstream_asked_for_by_name_without_its_credentials_is_a_fault_in_words():
    assert "does not exist" in chosen({"S2S_UPSTREAM": "vertex"}).fault
    assert "GEMINI_API_KEY" in chosen({"S2S_UPSTREAM": "developer"}).fault
    for address in ("nonsense", "ws://127.0.0.1:99999", "ftp://127.0.0.1", "ws://", "127.0.0.1:9090"):
        assert "ws://" in chosen({"S2S_EMULATOR_URL": address}).fault


def test_an_emulator_that_already_runs_is_dialled_where_it_is():
    choice = chosen({"S2S_EMULATOR_URL": "http://127.0.0.1:9090/"})
    assert choice.url().startswith("ws://127.0.0.1:9090/ws/google.ai")


def test_the_key_never_shows_in_a_printed_choice():
    assert "very-secret" not in repr(chosen({"GEMINI_API_KEY": "very-secret"}))


def test_relative_paths_are_meant_from_the_backend_folder():
    assert Settings.from_env({}).key_path == BACKEND_DIR / "service-account-key.json"
    assert Settings.from_env({"SERVICE_ACCOUNT_KEY_PATH": "/x/k.json"}).key_path == Path("/x/k.json")


def test_lists_are_read_from_plain_text():
    settings = Settings.from_env(
        {
            "S2S_CORS_ORIGINS": "https://a.example, https://b.example",
            "S2S_ICE_SERVERS": '[{"urls": ["stun:127.0.0.1:3478"]}]',
        }
    )
    assert settings.s2s_cors_origins == ["https://a.example", "https://b.example"]
    assert settings.s2s_ice_servers[0].urls == ["stun:127.0.0.1:3478"]
    assert Settings.from_env({"S2S_CORS_ORIGINS": "*"}).s2s_cors_origins == ["*"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("S2S_UPSTREAM", "openai"), ("S2S_MAX_SESSIONS", "many"), ("S2S_MAX_SESSIONS", "0"), ("S2S_ICE_SERVERS", "{nope")],
)
def test_a_wrong_value_names_its_variable_and_the_remedy(name: str, value: str):
    with pytest.raises(SettingsError, match=f"{name}.*env.example"):
        Settings.from_env({name: value})


def test_an_empty_value_means_not_set():
    assert Settings.from_env({"S2S_MAX_SESSIONS": "", "GEMINI_API_KEY": " "}).api_key == ""


def test_a_fallback_model_of_the_same_service_is_taken_and_another_is_warned_about():
    def with_fallback(model: str):
        return chosen({"GEMINI_API_KEY": "k", "GEMINI_FALLBACK_MODEL": model})

    assert with_fallback("gemini-3.1-flash-live-preview").fallback_models == ("gemini-3.1-flash-live-preview",)
    assert len(with_fallback("gemini-3.1-flash-live-preview").abilities()) == 2
    assert with_fallback("gemini-3.8-live").fallback_models == ()
    wrong = with_fallback("gemini-live-2.5-flash-native-audio")
    assert wrong.fallback_models == ()
    assert "GEMINI_FALLBACK_MODEL" in wrong.warnings[-1]
