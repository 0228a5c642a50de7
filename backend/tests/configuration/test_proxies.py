"""Which proxy a URL is reached through: one answer for the model, the token, the functions and the health check."""

import pytest

from s2s.configuration.proxies import Proxies, ProxyValueError, parse_proxy
from s2s.settings import Settings, SettingsError
from s2s.upstream.network.system_proxies import system_proxies

MODEL = "wss://us-central1-aiplatform.googleapis.com/ws"
TOKEN = "https://oauth2.googleapis.com/token"
PLAIN = "http://example.org/"


def proxies(**environ: str) -> Proxies:
    return Settings.from_env(environ).proxies


def way(url: str, **environ: str) -> str:
    found = proxies(**environ).proxy_for(url)
    return found.url if found else "direct"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("http://proxy:3128", "http://proxy:3128"),
        ("http://proxy:3128/", "http://proxy:3128"),
        ("proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("proxy", "http://proxy:80"),
        ("HTTP://PROXY:3128", "http://proxy:3128"),
        ("https://proxy", "https://proxy:443"),
        ("socks5://10.0.0.1", "socks5h://10.0.0.1:1080"),
        ("socks5h://10.0.0.1:9", "socks5h://10.0.0.1:9"),
        ("socks://10.0.0.1:1080/", "socks5h://10.0.0.1:1080"),
        ("socks4://10.0.0.1", "socks4://10.0.0.1:1080"),
        ("socks4a://host", "socks4a://host:1080"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("[2001:db8::1]:3128", "http://[2001:db8::1]:3128"),
        ("'http://proxy:3128'", "http://proxy:3128"),
        (' "proxy:3128" ', "http://proxy:3128"),
        ("http://anna@proxy:3128", "http://anna:@proxy:3128"),
        ("http://anna:p%40ss@proxy:3128", "http://anna:p%40ss@proxy:3128"),
        ("http://anna:p@s/s#1@proxy:3128", "http://anna:p%40s%2Fs%231@proxy:3128"),
        ("http://DOM\\anna:pass@proxy:3128", "http://DOM%5Canna:pass@proxy:3128"),
        ("http://bücher.example:3128", "http://xn--bcher-kva.example:3128"),
    ],
)
def test_a_proxy_may_be_written_in_every_usual_way(value: str, url: str):
    assert parse_proxy(value).url == url


@pytest.mark.parametrize(
    "value",
    [
        "ftp://proxy:21",
        "socks6://proxy",
        "http://",
        "http://:3128",
        "http://proxy:port",
        "http://proxy:99999",
        "http://proxy:0",
        "http://proxy:3128/path",
        "http://two hosts:3128",
        "http://[::1:3128",
        "http://anna:secretpassword@",
        "http://anna:secretpassword@proxy:31x28",
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_bad_proxy_is_one_sentence_with_its_variable_and_no_password(name: str, value: str):
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({name: value})
    text = str(refused.value)
    assert name.upper() in text
    assert "secretpassword" not in text
    assert "\n" not in text


def test_a_password_is_in_no_repr_and_among_the_secrets():
    settings = Settings.from_env({"HTTPS_PROXY": "http://anna:secretpassword@proxy:1"})
    assert "secretpassword" not in repr(settings.proxies)
    assert "secretpassword" not in settings.proxies.by_variable["https_proxy"].shown
    assert "secretpassword" in settings.secrets


def test_the_model_the_token_and_a_function_take_the_same_proxy():
    for url in (MODEL, TOKEN):
        assert way(url, HTTPS_PROXY="http://a:1") == "http://a:1"
        assert way(url, https_proxy="a:1") == "http://a:1"
        assert way(url, ALL_PROXY="socks5://a:1") == "socks5h://a:1"
        assert way(url, all_proxy="socks5://a:1", HTTPS_PROXY="http://b:2") == "http://b:2"
        assert way(url, HTTP_PROXY="http://a:1") == "direct"
    assert way(PLAIN, HTTP_PROXY="http://a:1", HTTPS_PROXY="http://b:2") == "http://a:1"
    assert way("ws://model.example:9090/", HTTP_PROXY="http://a:1") == "http://a:1"


def test_lower_case_wins_and_switches_off_when_it_is_empty():
    assert way(TOKEN, HTTPS_PROXY="http://upper:1", https_proxy="http://lower:1") == "http://lower:1"
    assert way(TOKEN, HTTPS_PROXY="http://upper:1", https_proxy="") == "direct"


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("*", MODEL),
        ("googleapis.com", MODEL),
        (".googleapis.com", MODEL),
        ("*.googleapis.com", MODEL),
        ("example.org, .GoogleApis.com", MODEL),
        ("example.org googleapis.com:443", MODEL),
        ("oauth2.googleapis.com", TOKEN),
        ("10.0.0.0/8", "https://10.1.2.3/"),
        ("10.1.2.3", "https://10.1.2.3/"),
        ("127.0.0.1:9090", "ws://127.0.0.1:9090"),
        ("::1", "ws://[::1]:9090"),
        ("[::1]:9090", "ws://[::1]:9090"),
        ("2001:db8::/32", "wss://[2001:db8::7]/"),
        ("localhost", "ws://localhost:1"),
    ],
)
def test_no_proxy_names_what_is_reached_directly(entry: str, url: str):
    assert way(url, ALL_PROXY="http://a:1", NO_PROXY=entry) == "direct"
    assert way(url, all_proxy="http://a:1", no_proxy=entry) == "direct"


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("apis.com", "wss://notapis.com/"),
        ("googleapis.com:80", MODEL),
        ("10.0.0.0/8", "https://11.0.0.1/"),
        ("::1", "wss://[::2]/"),
        ("", MODEL),
        (",", MODEL),
        (".", MODEL),
    ],
)
def test_no_proxy_leaves_the_rest_to_the_proxy(entry: str, url: str):
    assert way(url, ALL_PROXY="http://a:1", NO_PROXY=entry) == "http://a:1"


@pytest.mark.parametrize("host", ["metadata.google.internal", "169.254.169.254"])
def test_the_metadata_server_is_never_asked_through_a_proxy(host: str):
    assert way(f"http://{host}/computeMetadata/v1/", ALL_PROXY="http://a:1", HTTP_PROXY="http://a:1") == "direct"


def test_the_proxies_of_macos_and_windows_serve_where_no_variable_does(monkeypatch: pytest.MonkeyPatch):
    found = {"https": "http://proxy:3128", "socks": "http://other:1080", "ftp": "http://proxy:21"}
    for platform, reader in (("darwin", "getproxies_macosx_sysconf"), ("win32", "getproxies_registry")):
        monkeypatch.setattr("sys.platform", platform)
        monkeypatch.setattr(f"urllib.request.{reader}", lambda: found, raising=False)
        settings = Settings.from_env(system_proxies({"PATH": "/bin"}))
        assert settings.proxies.by_variable["https_proxy"].url == "http://proxy:3128"
        assert settings.proxies.by_variable["socks_proxy"].url == "socks5h://other:1080"
        assert settings.proxies.proxy_for("ws://127.0.0.1:9090") is None
        assert system_proxies({"no_proxy": "*"}) == {}
    monkeypatch.setattr("sys.platform", "linux")
    assert system_proxies({}) == {}


def test_an_unknown_scheme_has_no_proxy():
    assert Proxies().proxy_for("ftp://example.org") is None
    with pytest.raises(ProxyValueError):
        parse_proxy("quic://a")
