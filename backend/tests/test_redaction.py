"""Secrets are redacted by value, in every encoding in which a library may print them."""

import base64
import json
import logging
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s import logs
from s2s.redaction import _BY_SHAPE, MAX_VALUES, REDACTED, Redactor
from s2s.settings import Settings, SettingsError

KEY = "AQ.FakeKeyabcdefghijklmnop"
SHAPED = [
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "AQ.Ab8abcdefghijklmnopqrst",
    "iq.Ab8abcdefghijklmnopqrst",
    "ya29.a0AfH6SMBx-y_z",
    "eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl",
    "auth_tokens/abcdef0123",
    "-----BEGIN PRIVATE KEY-----\nMIIE",
    "BEARER abcdefgh12345678",
    "?Key=abcdefgh12345678",
    "access_token=abcdefgh12345678",
]
PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\n" + "\n".join("Qm9y" * 15 + f"{n:04}" for n in range(3)) + "\n-----END"


KEY_AS_JSON = json.dumps({"type": "service_account", "private_key": PRIVATE_KEY})


@pytest.mark.parametrize("name", ["SERVICE_ACCOUNT_KEY_PATH", "GOOGLE_APPLICATION_CREDENTIALS"])
@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (KEY_AS_JSON, "save it as a file and name that file"),
        (json.dumps(json.loads(KEY_AS_JSON), indent=2), "save it as a file and name that file"),
        (base64.b64encode(KEY_AS_JSON.encode()).decode(), "save it as a file and name that file"),
        (base64.urlsafe_b64encode(KEY_AS_JSON.encode()).decode().rstrip("="), "save it as a file and name that file"),
        (PRIVATE_KEY, "save it as a file and name that file"),
        (KEY, "it belongs in GEMINI_API_KEY"),
        ("AIza" + "x" * 35, "it belongs in GEMINI_API_KEY"),
    ],
)
def test_a_key_where_its_path_belongs_is_refused_and_not_repeated(name: str, value: str, remedy: str):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value})
    said = str(caught.value)
    assert said.startswith(f"{name}: it holds ")
    assert remedy in said
    assert len(said) < 250
    assert value[:12] not in said


def test_the_password_of_a_turn_address_is_not_repeated():
    for name in ("S2S_TURN_URLS", "S2S_ICE_SERVERS"):
        address = "turn:user:Word4711Word@turn.example.org"
        value = (
            address if name == "S2S_TURN_URLS" else json.dumps([{"urls": address, "username": "u", "credential": "c"}])
        )
        with pytest.raises(SettingsError, match="must hold no user name and password") as caught:
            Settings.from_env({name: value, "S2S_TURN_SECRET": "x" * 20})
        assert "Word4711Word" not in str(caught.value)


@pytest.mark.parametrize(
    "key", ["aq.fakekeyabcdefghijklmnop", "IQ.FakeKeyabcdefghijklmnop", "aizafakekeyabcdefghijklmnop"]
)
def test_a_key_in_the_wrong_place_is_known_by_its_shape_in_any_case(key: str):
    assert Redactor().redact(f"the model {key} is not known") == f"the model {REDACTED} is not known"


def redactor(*values: str) -> Redactor:
    made = Redactor()
    made.add_secrets(values)
    return made


@pytest.mark.parametrize(
    "spell",
    [
        str,
        repr,
        ascii,
        json.dumps,
        lambda value: json.dumps(json.dumps(value)),
        quote,
        lambda value: quote(value, safe=""),
        lambda value: value.encode().hex(),
        lambda value: value.encode().hex().upper(),
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.urlsafe_b64encode(f"user:{value}".encode()).decode(),
        lambda value: base64.b64encode(f"a:{value}@host".encode()).decode(),
        lambda value: base64.b64encode(f"ab:{value}!".encode()).decode(),
        lambda value: f"invalid x-goog-api-key header: {value}",
    ],
)
@pytest.mark.parametrize(
    "value", [KEY, "pass/word+with=signs", 'quote"and\\slash', "clé secrète ñandú", "tab\there it is"]
)
def test_a_configured_value_is_found_in_every_spelling(spell, value: str):
    told = redactor(value).redact(f"before {spell(value)} after")
    assert REDACTED in told
    assert spell(value)[2:-3] not in told
    assert told.startswith("before")
    assert told.endswith("after")


@pytest.mark.parametrize("odd", ["\u200b", "\n", "\u00a0", "\u201d", "\u00ad", "\ufeff"])
def test_a_key_with_an_odd_character_is_found_without_it(odd: str):
    for key in (KEY + odd, KEY[:14] + odd + KEY[14:], odd + KEY):
        told = redactor(key).redact(f"invalid header: {key} or {key.replace(odd, ' ')} or {key.strip(odd)}")
        assert KEY[:14] not in told
        assert KEY[14:] not in told


def test_each_line_of_a_private_key_is_found_in_any_text():
    found = redactor(PRIVATE_KEY)
    for line in PRIVATE_KEY.splitlines()[1:-1]:
        assert line not in found.redact(f"near {line}")
        in_a_body = base64.b64encode(f'{{"private_key": "{line}"}}'.encode()).decode()
        assert found.redact(in_a_body) != in_a_body


def test_a_private_key_that_is_known_does_not_hide_another_one_behind_its_first_line():
    other = "-----BEGIN PRIVATE KEY-----\nMIIEother"
    assert redactor(PRIVATE_KEY).redact(f"{other} and") == REDACTED


def test_the_words_of_a_passphrase_are_harmless_one_by_one():
    found = redactor("correct password and battery")
    assert found.redact("a password is missing") == "a password is missing"
    assert found.redact("said: correct password and battery.") == f"said: {REDACTED}."


@given(st.text(alphabet="AIQzay29eJ.-_ BEGINearkt=oh/s", max_size=60), st.sampled_from(SHAPED), st.text(max_size=20))
def test_the_quick_look_misses_nothing_that_the_pattern_finds(before: str, shaped: str, after: str):
    text = before + shaped + after
    assert Redactor().redact(text) == _BY_SHAPE.sub(REDACTED, text)
    assert Redactor().redact(before) == _BY_SHAPE.sub(REDACTED, before)


def test_short_values_do_not_strike_harmless_words():
    assert redactor("local", "k", "", "  ab  ").redact("a local key") == "a local key"


@given(st.text(min_size=8, max_size=60).filter(lambda text: len(text.strip()) >= 8))
def test_no_value_is_left_standing(value: str):
    assert value not in redactor(value).redact(f"x{value}y{value}")


def test_the_oldest_of_too_many_values_are_forgotten():
    made = redactor("first-value-of-all")
    made.add_secrets(f"access-token-{n:05}" for n in range(MAX_VALUES))
    assert "access-token-00255" not in made.redact("access-token-00255")
    assert made.redact("first-value-of-all") == "first-value-of-all"


@pytest.mark.parametrize("name", ["GEMINI_API_KEY", "GOOGLE_API_KEY"])
@pytest.mark.parametrize(
    "key", [KEY + "\u200b", "AQ.two\nlines-of-a-key", "AIza\u00adSyA123456789012345678", "a b", "\u201ckey\u201d"]
)
def test_a_key_that_cannot_be_a_header_is_refused_unprinted(name: str, key: str):
    with pytest.raises(SettingsError) as refusal:
        Settings.from_env({name: key})
    assert name in str(refusal.value)
    assert not any(piece in str(refusal.value) for piece in (KEY, "lines-of", "SyA123", "a b"))


def test_every_configured_secret_is_among_those_that_are_protected():
    settings = Settings.from_env(
        {
            "GEMINI_API_KEY": "gemini-key-1",
            "GOOGLE_API_KEY": "google-key-1",
            "GEMINI_EMULATOR_LLM_KEY": "llm-key-123",
            "S2S_TURN_URLS": "turn:turn.example.org",
            "S2S_TURN_SECRET": "turn-secret-1",
            "S2S_OPERATOR_KEY": "operator-key-of-24-characters",
            "S2S_JWT_SECRET": "jwt-secret-of-32-characters-or-more",
            "S2S_ICE_SERVERS": '[{"urls": ["turn:a.example"], "username": "u", "credential": "ice-secret-1"}]',
            "GOOGLE_GEMINI_BASE_URL": "https://me:url-secret%21@proxy.example",
        }
    )
    assert set(settings.secrets) == {
        "gemini-key-1", "google-key-1", "llm-key-123", "turn-secret-1", "ice-secret-1", "url-secret!",
        "operator-key-of-24-characters", "jwt-secret-of-32-characters-or-more",
    }  # fmt: skip


# --- one line is one line ---


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("hi\n2026-11-30 ERROR forged", "hi\\n2026-11-30 ERROR forged"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("left\u202eright", "left\\u202eright"),
        ("line\u2028break\x85next", "line\\u2028break\\x85next"),
        ("half \ud83d", "half \\ud83d"),
        ("naïve 日本語\u3000한국어 नमस्ते", "naïve 日本語\u3000한국어 नमस्ते"),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
    ],
)
def test_control_characters_are_escaped_and_scripts_are_left_alone(written: str, shown: str):
    assert logs.escape_controls(written) == shown


def test_nobody_forges_a_line_of_a_log_not_even_by_an_exception(tmp_path: Path):
    ring = logs.start(tmp_path, "info")
    logs.CONVERSATION.info("user: %s", "hi\n2026-11-30 18:00:00,000 ERROR   forged", extra={"session": "0123456789"})
    try:
        raise ValueError("bad\n2026-11-30 18:00:00,000 ERROR   forged\x1b[2J")
    except ValueError:
        logs.LOGGER.exception("a function failed", extra={"code": "x", "session": "0123456789abcdef"})
    logs.stop()
    for name in ("conversation_log.txt", "error_log.txt"):
        text = (tmp_path / name).read_text()
        assert not any(line.startswith("2026-11-30 18:00:00,000 ERROR   forged") for line in text.splitlines())
        assert "\x1b" not in text
    assert ring.newest(1)[0].session == "01234567"
    assert logging.getLogger("s2s").handlers == []
