"""What a browser calls itself, as people know it: ``Chrome · Android``. Nothing finer is kept."""

from aiohttp import web

#: The first mark that fits names it; several browsers also claim to be others.
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("QQBrowser", "QQ"),
    ("UCBrowser", "UC"),
    ("HuaweiBrowser", "Huawei"),
    ("MiuiBrowser", "Xiaomi"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def device_name(request: web.Request) -> str:
    """Name the browser and the system of a request; empty where it does not say."""
    said = request.headers.get("User-Agent", "")[:400]
    found = [
        next((name for mark, name in marks if mark in said), "") for marks in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(name for name in found if name)
