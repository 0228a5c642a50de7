"""S2S_LOGIN_URL: where the page sends people who have to log in."""

from pathlib import Path

import pytest

from s2s.settings import Settings, SettingsError
from tests.access.roles import STRANGER
from tests.page import running_gateway

PAGE = "https://login.example.org/authorize?client_id=s2s&response_type=id_token&scope=openid"
TOKENS = {"S2S_AUTH": "jwt", "S2S_JWT_SECRET": "a secret of thirty-two bytes or more"}


async def test_a_stranger_is_told_where_to_log_in(tmp_path: Path):
    async with running_gateway(tmp_path, "ws://127.0.0.1:9", **TOKENS, S2S_LOGIN_URL=PAGE) as (http, _):
        options = (await http.get("/api/options", headers=STRANGER)).json()
    assert (options["auth"], options["may_call"], options["login_url"]) == ("jwt", False, PAGE)


@pytest.mark.parametrize("url", ["login.example.org", "http://login.example.org/", "javascript:alert(1)", "https:///x"])
def test_an_address_that_is_no_safe_login_page_is_refused(url: str):
    with pytest.raises(SettingsError, match="S2S_LOGIN_URL"):
        Settings.from_env({**TOKENS, "S2S_LOGIN_URL": url})


def test_a_login_page_on_this_machine_may_use_http():
    assert Settings.from_env({**TOKENS, "S2S_LOGIN_URL": "http://localhost:9000/login"}).s2s_login_url
