"""Which model, which credentials and which place are chosen, and what is said about those that cannot be."""

from datetime import date
from pathlib import Path

import pytest

from s2s.settings import Settings, SettingsError
from s2s.upstream.models.model_table import all_models
from s2s.upstream.target.default_credentials import place_of_default_credentials
from s2s.upstream.target.endpoints import UpstreamTarget, choose_target, current_warnings, vertex_host

DOCUMENT_MODEL = "gemini-live-2.5-flash-native-audio"
EXAMPLE = {
    "GCP_PROJECT_ID": "your-project-id",
    "GCP_REGION": "us-central1",
    "SERVICE_ACCOUNT_KEY_PATH": "service-account-key.json",
    "GEMINI_MODEL": DOCUMENT_MODEL,
}


def chosen(environ: dict[str, str], key: Path | None = None) -> UpstreamTarget:
    path = str(key) if key else "no-such-key.json"
    return choose_target(Settings.from_env({**environ, "SERVICE_ACCOUNT_KEY_PATH": path}))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    path.write_text("{}")
    return path


# --- the model ---


@pytest.mark.parametrize(
    "written",
    [
        "publishers/google/models/gemini-3.8-live",
        "google/gemini-3.8-live",
        "projects/p/locations/us-central1/publishers/google/models/gemini-3.8-live",
        " Models/Gemini-3.8-Live ",
    ],
)
def test_a_models_name_is_understood_however_it_is_written(written: str, key: Path):
    vertex = chosen({"GCP_PROJECT_ID": "p", "GEMINI_MODEL": written}, key)
    assert vertex.model_path.format(project="p") == (
        "projects/p/locations/us-central1/publishers/google/models/gemini-3.8-live"
    )
    assert chosen({"GEMINI_API_KEY": "k", "GEMINI_MODEL": written}).model_path == "models/gemini-3.8-live"
    assert vertex.warnings == ()


def test_a_path_that_names_another_location_is_warned_about(key: Path):
    path = "projects/p/locations/eu/publishers/google/models/gemini-3.8-live"
    choice = chosen({"GCP_PROJECT_ID": "p", "GEMINI_MODEL": path}, key)
    assert choice.location == "us-central1"
    assert choice.warnings == ("GEMINI_MODEL names the location eu; GCP_REGION=us-central1 is used.",)


@pytest.mark.parametrize("environ", [{}, {"GEMINI_API_KEY": "k"}])
def test_an_unknown_model_is_refused_with_the_nearest_known_ones(environ: dict[str, str]):
    choice = chosen({**environ, "GEMINI_MODEL": "gemini-3.8-liv"})
    assert "gemini-3.8-liv is not a known Live model" in choice.fault
    assert "nearest known: gemini-3.8-live" in choice.fault
    assert "S2S_ALLOW_UNLISTED_MODEL=on" in choice.fault


def test_a_model_newer_than_the_table_is_taken_when_that_is_said():
    choice = chosen({"GEMINI_API_KEY": "k", "GEMINI_MODEL": "gemini-4-live", "S2S_ALLOW_UNLISTED_MODEL": "on"})
    assert (choice.model, choice.fault) == ("gemini-4-live", "")


@pytest.mark.parametrize(
    ("model", "word"),
    [
        ("gemini-3.5-transcribe-live", "writes down"),
        ("gemini-3.5-live-translate-preview", "translates"),
        ("gemini-robotics-er-2-streaming-preview", "robots"),
        ("gemini-7-transcribe-live", "writes down"),
    ],
)
@pytest.mark.parametrize("environ", [{}, {"GEMINI_API_KEY": "k"}])
def test_a_model_for_another_task_is_refused_at_start(environ: dict[str, str], model: str, word: str):
    fault = chosen({**environ, "GEMINI_MODEL": model}).fault
    assert fault.startswith(f"GEMINI_MODEL: {model}")
    assert word in fault
    assert "gemini-3.8-live" in fault


def test_what_is_about_to_retire_is_warned_of_and_so_is_its_fallback(key: Path):
    choice = chosen({**EXAMPLE, "GCP_PROJECT_ID": "p"}, key)
    assert current_warnings(choice, date(2026, 9, 1)) == ()
    [warning] = current_warnings(choice, date(2026, 11, 30))
    assert "retires on 13 December 2026" in warning
    swapped = chosen({"GCP_PROJECT_ID": "p", "GEMINI_FALLBACK_MODEL": DOCUMENT_MODEL}, key)
    assert swapped.model == "gemini-3.8-live"
    assert len(current_warnings(swapped, date(2026, 11, 30))) == 1


def test_the_local_engine_plays_the_documents_model_for_ever_without_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr("s2s.settings.BACKEND_DIR", tmp_path)
    choice = choose_target(Settings.from_env(EXAMPLE))
    assert (choice.backend, choice.model, choice.fault) == ("emulator", DOCUMENT_MODEL, "")
    for today in (date(2026, 12, 12), date(2026, 12, 13), date(2036, 1, 1)):
        assert current_warnings(choice, today) == ()


def test_a_language_that_the_model_may_not_speak_is_a_warning_naming_the_setting(key: Path):
    def warnings(language: str, model: str = DOCUMENT_MODEL) -> tuple[str, ...]:
        environ = {"GCP_PROJECT_ID": "p", "GEMINI_MODEL": model, "S2S_LANGUAGE": language}
        return chosen(environ, key).warnings

    [warning] = warnings("sw-KE")
    assert warning.startswith("S2S_LANGUAGE: sw-KE")
    for fine in ("en-US", "en-GB", "DE", ""):
        assert warnings(fine) == ()
    # No list is published for this one.
    assert warnings("sw-KE", "gemini-3.8-live") == ()


# --- how much it thinks ---


def test_a_thinking_level_is_refused_where_the_model_takes_none_or_not_this_one():
    def fault(model: str, level: str) -> str:
        return chosen({"GEMINI_API_KEY": "k", "GEMINI_MODEL": model, "S2S_THINKING_LEVEL": level}).fault

    assert fault("gemini-3.8-live-extended-thinking", "high") == ""
    assert "gemini-3.8-live takes no thinking level" in fault("", "LOW")
    assert "does not take MINIMAL, but LOW, MEDIUM, HIGH or XHIGH" in fault(
        "gemini-3.8-live-extended-thinking", "MINIMAL"
    )


def test_no_thinking_model_is_proposed_that_the_service_does_not_offer(key: Path):
    fault = chosen({"S2S_THINKING_LEVEL": "LOW", "GCP_PROJECT_ID": "p"}, key).fault
    assert fault == "S2S_THINKING_LEVEL: gemini-3.8-live takes no thinking level. Leave it empty."


def test_the_target_of_compression_is_below_its_trigger():
    def settings(**environ: str) -> tuple[int, int]:
        made = Settings.from_env(environ)
        return made.s2s_compression_trigger_tokens, made.compression_target_tokens

    assert settings() == (32_000, 16_000)
    assert settings(S2S_COMPRESSION_TRIGGER_TOKENS="10000") == (10_000, 5_000)
    assert settings(S2S_COMPRESSION_TRIGGER_TOKENS="0") == (0, 0)
    with pytest.raises(SettingsError, match=r"(?s)S2S_COMPRESSION_TARGET_TOKENS.*less than"):
        settings(S2S_COMPRESSION_TARGET_TOKENS="32000")


# --- credentials of the machine ---


def with_login(environ: dict[str, str], *, there: bool = True) -> UpstreamTarget:
    path = {"SERVICE_ACCOUNT_KEY_PATH": ""}
    return choose_target(Settings.from_env({**environ, **path}), lambda: there)


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("s2s.settings.BACKEND_DIR", tmp_path)


@pytest.mark.usefixtures("no_key")
def test_a_gcloud_login_is_used_only_where_a_project_is_named():
    choice = with_login({"GCP_PROJECT_ID": "my-project"})
    assert (choice.backend, choice.credentials, choice.project) == ("vertex", "default", "my-project")
    assert "Application Default Credentials found" in choice.talking_to
    for unnamed in ({}, {"GCP_PROJECT_ID": "your-project-id"}):
        assert with_login(unnamed).backend == "emulator"
        assert with_login(unnamed).warnings == ()


@pytest.mark.usefixtures("no_key")
def test_a_gcloud_login_is_used_where_vertex_is_asked_for():
    choice = with_login({"S2S_UPSTREAM": "vertex"})
    assert (choice.backend, choice.credentials, choice.fault) == ("vertex", "default", "")
    assert "gcloud auth application-default login" in with_login({"S2S_UPSTREAM": "vertex"}, there=False).fault


@pytest.mark.usefixtures("no_key")
def test_an_api_key_goes_before_a_gcloud_login_and_says_so():
    choice = with_login({"GCP_PROJECT_ID": "p", "GEMINI_API_KEY": "k"})
    assert (choice.backend, choice.credentials) == ("developer", "api_key")
    assert "S2S_UPSTREAM=vertex would use them" in choice.warnings[0]


def test_a_key_file_goes_before_a_gcloud_login(key: Path):
    choice = choose_target(
        Settings.from_env({"GCP_PROJECT_ID": "p", "SERVICE_ACCOUNT_KEY_PATH": str(key)}), lambda: True
    )
    assert choice.credentials == "key_file"


def test_a_key_file_that_was_named_is_not_replaced_by_another_identity():
    environ = {"GCP_PROJECT_ID": "p", "SERVICE_ACCOUNT_KEY_PATH": "/no/such/key.json"}
    for upstream in ("auto", "vertex"):
        choice = choose_target(Settings.from_env({**environ, "S2S_UPSTREAM": upstream}), lambda: True)
        assert choice.credentials != "default"
        assert "The service account key key.json" in (choice.fault or choice.warnings[0])


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"SERVICE_ACCOUNT_KEY_PATH": "/no/such/key.json"}, "does not exist; its place is SERVICE_ACCOUNT_KEY_PATH"),
        ({"SERVICE_ACCOUNT_KEY_PATH": "'/etc/hostname"}, "stray quotation mark"),
        ({"SERVICE_ACCOUNT_KEY_PATH": "key.json”"}, "stray quotation mark"),
        ({"SERVICE_ACCOUNT_KEY_PATH": "C:\\keys\new.json"}, "control character"),
        ({"SERVICE_ACCOUNT_KEY_PATH": "C:\tokens\\key.json"}, "control character"),
        ({"SERVICE_ACCOUNT_KEY_PATH": "/etc"}, "is a folder"),
        ({"SERVICE_ACCOUNT_KEY_PATH": "x" * 5_000}, "does not exist"),
        ({"SERVICE_ACCOUNT_KEY_PATH": "a\0b"}, "control character"),
        ({"GOOGLE_APPLICATION_CREDENTIALS": "/no/such/adc.json"}, "GOOGLE_APPLICATION_CREDENTIALS names no file"),
        ({"GOOGLE_APPLICATION_CREDENTIALS": "x" * 5_000}, "GOOGLE_APPLICATION_CREDENTIALS names no file"),
        ({"GOOGLE_APPLICATION_CREDENTIALS": __file__}, "which project may be billed: set GCP_PROJECT_ID"),
        ({"GCP_PROJECT_ID": "my-project"}, "neither the service account key"),
    ],
)
@pytest.mark.usefixtures("no_key")
def test_the_local_engine_never_stands_in_silently_for_credentials_that_were_meant(environ: dict[str, str], words: str):
    choice = choose_target(Settings.from_env(environ), lambda: False)
    assert choice.backend == "emulator"
    [warning] = choice.warnings
    assert words in warning
    assert warning.endswith("The local engine answers instead.")
    assert choice.talking_to == "local engine (the named credentials cannot be used)"
    # Who asks for the local engine, or names an emulator, wants nothing else.
    for asked in ({"S2S_UPSTREAM": "emulator"}, {"S2S_EMULATOR_URL": "ws://127.0.0.1:9090"}):
        assert choose_target(Settings.from_env({**environ, **asked}), lambda: False).warnings == ()


def test_default_credentials_are_found_without_a_dial(tmp_path: Path):
    def found(named: str = "", gcloud: str = "", board: str = "") -> str | None:
        (tmp_path / "board").write_text(board)
        return place_of_default_credentials(named, gcloud, home=tmp_path, board=tmp_path / "board")

    assert found() is None
    assert found(named=__file__) == "GOOGLE_APPLICATION_CREDENTIALS"
    assert found(named="/no/such/file") is None
    assert found(board="Google Compute Engine") == "attached account"
    for folder in (tmp_path / ".config" / "gcloud", tmp_path / "elsewhere"):
        folder.mkdir(parents=True)
        (folder / "application_default_credentials.json").write_text("{}")
    assert found() == "gcloud login"
    assert found(gcloud=str(tmp_path / "elsewhere")) == "gcloud login"


def test_every_location_of_the_table_has_a_host():
    for model in all_models():
        for location in model.locations:
            host = vertex_host(location)
            assert host.startswith("wss://")
            assert host.endswith("googleapis.com")
    assert vertex_host("us") == "wss://aiplatform.us.rep.googleapis.com"
    assert vertex_host("global") == "wss://aiplatform.googleapis.com"


@pytest.mark.usefixtures("no_key")
def test_nothing_is_claimed_of_credentials_that_are_not_there():
    settings = Settings.from_env({"S2S_UPSTREAM": "vertex"})
    assert choose_target(settings, lambda: False).warnings == ()
    assert "S2S_UPSTREAM=vertex needs credentials" in choose_target(settings, lambda: False).fault
    [warning] = choose_target(settings, lambda: True).warnings
    assert warning == "GCP_PROJECT_ID is not set; the project named in the credentials is used."
