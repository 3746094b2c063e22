"""A browser is named as people know it, and nothing finer."""

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.channels.web.user_agents import device_name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 13; V2183A) AppleWebKit/537.36 Chrome/116.0 Mobile "
            "Safari/537.36 MicroMessenger/8.0.47",
            "微信 · Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 "
            "Version/17.0 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 "
            "Safari/537.36 Edg/120.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
            "Firefox · Linux",
        ),
        ("curl/8.0", ""),
        ("", ""),
        ("<script>alert(1)</script>" * 1000, ""),
    ],
)
def test_a_browser_is_named_by_family_and_system(said: str, name: str) -> None:
    request = make_mocked_request("GET", "/", headers={"User-Agent": said})

    assert device_name(request) == name
