"""Each wrong setting is one sentence with its name and what would be right; what can be understood is taken."""

import json
from typing import Any

import pytest

from s2s.settings import Settings, SettingsError

SECRET = "A-Very-Secret-Word"


def refused(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    return str(caught.value)


def warned(**environ: str) -> str:
    return " ".join(Settings.from_env(environ).warnings)


def taken(name: str, value: str) -> Any:
    settings = Settings.from_env({name: value})
    assert settings.warnings == ()
    return getattr(settings, name.lower())


@pytest.mark.parametrize(
    ("name", "value", "must_be"),
    [
        ("S2S_MAX_SESSIONS", "many", "a whole number from 1 to 10,000"),
        ("S2S_MAX_SESSIONS", "0", "a whole number from 1 to 10,000"),
        ("S2S_MAX_SESSIONS", "7.5", "a whole number from 1 to 10,000"),
        ("S2S_PLAYOUT_LEAD_MS", "59", "a whole number of milliseconds from 60 to 2,000"),
        ("S2S_SILENCE_DURATION_MS", "400ms", "a whole number of milliseconds from 0 to 5,000"),
        ("S2S_REPLY_LIMIT_S", "-1", "a number of seconds from 0 to 300"),
        ("S2S_SESSION_EXPIRES_S", "0", "a number of seconds above 0, at most 3,600"),
        ("S2S_SESSION_USD", "-0.5", "a number of US dollars, 0 or more"),
        ("S2S_DAY_USD", "nan", "a number of US dollars, 0 or more"),
        ("S2S_SESSION_MINUTES", "inf", "a number of minutes, 0 or more"),
        ("S2S_RECORDER", "maybe", "on or off"),
        ("S2S_LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("S2S_THINKING_LEVEL", "hgh", "MINIMAL, LOW, MEDIUM, HIGH or XHIGH (did you mean HIGH?)"),
        ("S2S_COMPRESSION_TRIGGER_TOKENS", "lots", "a whole number from 0 to 1,000,000"),
        ("S2S_UPSTREAM", "vertx", "auto, vertex, developer or emulator (did you mean vertex?)"),
        ("GCP_REGION", "us-central1-a", "a region: write us-central1"),
        ("GCP_REGION", "us central", "a region such as us-central1"),
        ("GCP_PROJECT_ID", "My Project", "the ID of a project, such as my-project-123456, not its name"),
        ("S2S_LANGUAGE", "english", "a BCP-47 tag: write en-US"),
        ("S2S_LANGUAGE", "Klingonish", "a BCP-47 tag such as en-US"),
        ("GOOGLE_VERTEX_BASE_URL", "aiplatform.googleapis.com", "an address such as wss://host.example.org"),
        ("GOOGLE_GEMINI_BASE_URL", "https://host:99999", "an address such as wss://host.example.org"),
        ("GOOGLE_GEMINI_BASE_URL", "ftp://host", "an address such as wss://host.example.org"),
    ],
)
def test_a_wrong_value_is_repeated_in_one_sentence_that_says_what_is_right(name: str, value: str, must_be: str):
    said = refused(**{name: value})
    assert said.startswith(f"{name}={value}: it must be {must_be}")
    assert said.endswith(". Correct it in backend/.env; see backend/.env.example.")
    assert len(said.splitlines()) == 1


def test_several_mistakes_are_told_at_once():
    said = refused(S2S_MAX_SESSIONS="many", S2S_LOG_LEVEL="loud", S2S_ICE_SERVERS="nope", S2S_CORS_ORIGINS="a.example")
    first, *others = said.splitlines()
    assert first == "4 settings are wrong. Correct them in backend/.env; see backend/.env.example."
    assert sorted(line.split("=")[0].split(":")[0].strip() for line in others) == [
        "S2S_CORS_ORIGINS", "S2S_ICE_SERVERS", "S2S_LOG_LEVEL", "S2S_MAX_SESSIONS",
    ]  # fmt: skip


def test_a_misspelt_name_is_told_beside_the_value_that_is_missing_because_of_it():
    said = refused(S2S_TURN_URLS="turn:a", S2S_TURN_SECRETS=SECRET).splitlines()
    assert said[1:] == [
        "  S2S_TURN_SECRET: S2S_TURN_URLS needs the secret of that server.",
        "  S2S_TURN_SECRETS is no setting of S2S: did you mean S2S_TURN_SECRET?",
    ]


def test_a_mistake_outside_the_file_is_not_sent_to_the_file():
    with pytest.raises(SettingsError, match="Correct it in the environment, which overrules"):
        Settings.from_env({"S2S_RECORDER": "maybe"}, outside_file={"S2S_RECORDER"})


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("S2S_LOG_LEVEL", "INFO", "info"),
        ("S2S_LOG_LEVEL", "Warn", "warning"),
        ("S2S_UPSTREAM", "Vertex", "vertex"),
        ("S2S_RECORDER", "OFF", False),
        ("S2S_RECORDER", "yes", True),
        ("GCP_REGION", "US-Central1", "us-central1"),
        ("GCP_REGION", "eu", "eu"),
        ("GCP_PROJECT_ID", "example.com:my-project", "example.com:my-project"),
        ("S2S_VOICE", "puck", "Puck"),
        ("S2S_LANGUAGE", "en_US.UTF-8", "en-US"),
        ("S2S_LANGUAGE", "cmn-Hans-CN", "cmn-Hans-CN"),
        ("S2S_MAX_SESSIONS", '"7"', 7),
        ("SERVICE_ACCOUNT_KEY_PATH", "'/keys/my key.json'", "/keys/my key.json"),
        ("SERVICE_ACCOUNT_KEY_PATH", "\u201c/keys/new.json\u201d", "/keys/new.json"),
        ("S2S_SYSTEM_INSTRUCTION", 'Say "yes"', 'Say "yes"'),
    ],
)
def test_what_can_be_understood_is_taken(name: str, value: str, meant: object):
    assert taken(name, value) == meant


def test_a_home_that_nobody_has_is_a_path_like_any_other():
    assert Settings.from_env({"SERVICE_ACCOUNT_KEY_PATH": "~no-such-person/k.json"}).key_path.name == "k.json"


@pytest.mark.parametrize(("value", "meant"), [("Alexa", ""), ("Puk", "Puck"), ("aode", "Aoede")])
def test_an_unknown_voice_is_a_warning_with_the_nearest_name(value: str, meant: str):
    said = warned(S2S_VOICE=value)
    assert said.startswith(f"S2S_VOICE={value}: no such voice is known")
    assert f"did you mean {meant}" in said


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("S2S_MAX_SESSION", "S2S_MAX_SESSIONS"),
        ("S2S_LANG", "S2S_LANGUAGE"),
        ("S2S_CORS_ORIGIN", "S2S_CORS_ORIGINS"),
        ("s2s_voice", "S2S_VOICE"),
        ("GEMINI_APIKEY", "GEMINI_API_KEY"),
        ("GEMNI_API_KEY", "GEMINI_API_KEY"),
        ("GOOGLE_API_KEYS", "GOOGLE_API_KEY"),
        ("GCP_PROJECT", "GCP_PROJECT_ID"),
        ("GCP_LOCATION", "GCP_REGION"),
        ("SERVICE_ACOUNT_KEY_PATH", "SERVICE_ACCOUNT_KEY_PATH"),
    ],
)
def test_a_name_that_nobody_reads_is_told_with_the_one_that_was_meant(name: str, meant: str):
    said = warned(**{name: SECRET})
    assert said.startswith(f"{name} is no")
    assert meant in said
    assert SECRET not in said


@pytest.mark.parametrize(
    "name",
    ["S2S_PORT", "S2S_WORKERS", "S2S_SERVICE_HOST", "S2S_PORT_8000_TCP_ADDR", "GOOGLE_APPLICATION_CREDENTIALS",
     "GOOGLE_CLOUD_PROJECT", "GEMINI_CLI_NO_RELAUNCH", "OPENAI_API_KEY", "GITHUB_TOKEN", "PATH", "HTTPS_PROXY"],
)  # fmt: skip
def test_names_that_others_read_are_no_mistake(name: str):
    assert warned(**{name: "x"}) == ""


def test_an_unknown_setting_without_a_near_one_is_told_too():
    assert warned(S2S_ZZZ="1") == "S2S_ZZZ is no setting of S2S and is not read."


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("https://www.shop.example/", ["https://www.shop.example"]),
        ("HTTPS://WWW.Shop.example:443", ["https://www.shop.example"]),
        ("http://a.example:80, http://b.example:8080", ["http://a.example", "http://b.example:8080"]),
        ("https://m\u00fcller.example", ["https://xn--mller-kva.example"]),
        ("http://[::1]:3000", ["http://[::1]:3000"]),
        ("capacitor://localhost, null, *", ["capacitor://localhost", "null", "*"]),
    ],
)
def test_origins_are_kept_as_browsers_send_them(value: str, kept: list[str]):
    assert taken("S2S_CORS_ORIGINS", value) == kept


def test_no_origin_at_all_means_the_local_pages():
    assert "http://localhost:3000" in taken("S2S_CORS_ORIGINS", ",")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("www.shop.example", "www.shop.example has no scheme: write https://www.shop.example"),
        ("localhost:3000", "localhost:3000 has no scheme"),
        ("https://a.example/shop", "browsers send no more than https://a.example: write that"),
        ("https://a.example?x=1", "browsers send no more than https://a.example: write that"),
        ("https://*.a.example", "https://*.a.example can never match"),
        ("https://a.example:99999", "an origin is a scheme, a host and perhaps a port"),
        ("https://", "an origin is a scheme, a host and perhaps a port"),
        ("https://a.example b.example", "write commas between them: https://a.example, https://b.example"),
        ("https://a.example;https://b.example", "write commas between them: https://a.example, https://b.example"),
        ('["https://a.example","http://b.example"]', "write commas between them, and no brackets or quotation marks"),
        ("'https://a.example','http://b.example'", "write commas between them, and no brackets or quotation marks"),
        ("*.a.example", "*.a.example can never match: name each origin in full, or * alone for any page"),
        ("wss://a.example", "wss://a.example can never match, because a page's origin begins with https://: write"),
        ("ws://a.example:8000", "a page's origin begins with http://: write http://a.example:8000"),
        ("http:/a.example", "http:/a.example: an origin is a scheme, a host and perhaps a port"),
        ("//a.example", "//a.example has no scheme: write https://a.example (or http://)"),
        ("a.example/shop", "a.example/shop has no scheme: write https://a.example (or http://)"),
        (f"https://me:{SECRET}@a.example", "browsers send no more than https://a.example"),
    ],
)
def test_an_origin_that_can_never_match_is_refused(value: str, said: str):
    refusal = refused(S2S_CORS_ORIGINS=value)
    assert refusal.startswith("S2S_CORS_ORIGINS: ")
    assert said in refusal
    assert SECRET not in refusal


@pytest.mark.parametrize(
    "value", ["a.example", "https://a.*.b", "https://a.example/x", "'self'", "https://a.b; img-src *"]
)
def test_pages_that_can_show_no_frame_are_refused(value: str):
    assert "each is an origin such as https://www.example.org, or * for any page" in refused(S2S_FRAME_ANCESTORS=value)


def test_pages_with_frames_are_written_for_a_header():
    value = "https://*.b.example:8443/, https://\u4e2d\u6587.example:*"
    assert taken("S2S_FRAME_ANCESTORS", value) == ["https://*.b.example:8443", "https://xn--fiq228c.example:*"]


def ice(*entries: object) -> str:
    return json.dumps(entries)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("stun:stun.example.org", 'it must be a JSON list such as [{"urls": ["stun:stun.example.org:3478"]}]'),
        ('{"urls": "stun:a"}', "it must be a JSON list such as"),
        ("[" * 5_000, "it must be a JSON list such as"),
        ("[" * 100_000, "it may have 20,000 characters at most"),
        (ice("stun:a"), "[0] must be an object such as"),
        (ice({"urls": "stun:a"}, {"url": "stun:b"}), '[1].urls is missing (you wrote "url")'),
        (ice({"urls": []}), "[0].urls must be an address or a list of 1 to 20 addresses"),
        (ice({"urls": [5]}), "[0].urls[0] must be text in quotes"),
        (ice({"urls": "stun.example.org:3478"}), "must begin with stun:, stuns:, turn: or turns:"),
        (ice({"urls": "stun://a:3478"}), '"stun://a:3478" must have no slashes: write stun:a:3478'),
        (ice({"urls": "stun:a:3478?transport=udp"}), "only TURN servers take a transport"),
        (ice({"urls": "stun:a:99999"}), '"stun:a:99999" must be stun:, a host and perhaps a port'),
        (ice({"urls": "stun:2001:db8::1"}), "must be stun:, a host and perhaps a port"),
        (ice({"urls": "stun:"}), "must be stun:, a host and perhaps a port"),
        (ice({"urls": "turn:a"}), "[0].username is missing, which a TURN server needs"),
        (ice({"urls": "turn:a", "username": "u"}), "[0].credential is missing, which a TURN server needs"),
        (ice({"urls": "turn:a", "user": "u", "credential": SECRET}), 'a TURN server needs (you wrote "user")'),
        (ice({"urls": "turn:a", "username": "u", "credential": 5}), "[0].credential must be text in quotes"),
        (ice({"urls": f"turn:u:{SECRET}@a", "username": "u", "credential": "c"}), "must hold no user name"),
        (ice({"urls": "stun:a:3478, stun:b"}), '"stun:a:3478, stun:b" must be one address: write a list of them'),
        (ice({"urls": "turn:a?transport=x", "username": "u", "credential": SECRET}), "?transport=udp or ?transport"),
    ],
)  # fmt: skip
def test_an_ice_server_that_no_browser_takes_is_refused_by_entry_and_field(value: str, said: str):
    refusal = refused(S2S_ICE_SERVERS=value)
    assert refusal.startswith("S2S_ICE_SERVERS: ")
    assert said in refusal
    assert SECRET not in refusal
    assert len(refusal.splitlines()) == 1


def test_ice_servers_are_taken_as_browsers_take_them():
    [first, second] = taken(
        "S2S_ICE_SERVERS",
        ice(
            {"urls": "STUN:stun.example.org:3478"},
            {"urls": ["turns:a:443?transport=tcp"], "username": "u", "credential": "c"},
        ),
    )
    assert first.urls == ["stun:stun.example.org:3478"]
    assert (second.urls, second.username, second.credential) == (["turns:a:443?transport=tcp"], "u", "c")


def test_an_ipv6_server_goes_to_pages_and_the_gateway_says_that_it_has_no_use_for_it():
    settings = Settings.from_env({"S2S_ICE_SERVERS": ice({"urls": ["stun:[2001:db8::1]:3478", "stun:a"]})})
    [server] = settings.s2s_ice_servers
    assert server.urls == ["stun:[2001:db8::1]:3478", "stun:a"]
    assert server.readable_here == ["stun:a"]
    assert "the gateway itself cannot use IPv6 addresses" in settings.warnings[0]


@pytest.mark.parametrize("value", ["stun:a", "turn:", "turn://a", "turn:a:99999"])
def test_turn_addresses_are_checked_in_the_same_way(value: str):
    assert "S2S_TURN_URLS" in refused(S2S_TURN_URLS=value, S2S_TURN_SECRET=SECRET)


@pytest.mark.parametrize("name", ["GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL"])
def test_the_password_of_an_address_is_not_repeated(name: str):
    assert SECRET not in refused(**{name: f"https://me:{SECRET}@host:99999"})


@pytest.mark.parametrize(
    ("region", "end"),
    [
        ("us-centrall1", "did you mean us-central1?"),
        ("europe-wets4", "did you mean europe-west4?"),
        ("uscentral1", None),
        ("europe", "take one such as us-central1."),
    ],
)
def test_a_region_in_no_known_part_of_the_world_is_doubted(region: str, end: str | None):
    if end is None:
        with pytest.raises(SettingsError):
            Settings.from_env({"GCP_REGION": region})
    else:
        [warning] = Settings.from_env({"GCP_REGION": region}).warnings
        assert warning == f"GCP_REGION={region}: no such region is known, so calls may fail; {end}"


@pytest.mark.parametrize("region", ["us-central1", "us-east99", "global", "eu", "us", "northamerica-south1"])
def test_a_region_that_may_exist_is_not_doubted(region: str):
    assert Settings.from_env({"GCP_REGION": region}).warnings == ()
