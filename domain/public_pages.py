"""Where the pages stand that are read without a chat, for the buttons that lead there."""

from urllib.parse import quote

NOTICES = "/notices"
LOOKUP = "/lookup"
#: The chat itself, as a code that another device scans.
HOME = "/home"
HALLS = "/halls"
#: What is wrong with this tool itself. Source: F-301, F-304.
REPORT = "/report"


def lookup_of(number: str) -> str:
    """Give the address where a case is looked up, with its number filled in; the code never is."""
    return f"{LOOKUP}?number={quote(number, safe='')}"


def notices_of(unit: str) -> str:
    """Give the address of a unit's notices."""
    return f"{NOTICES}/{quote(unit, safe='')}"


def is_one(link: str) -> bool:
    """Tell whether a link leads to a page that everybody may read."""
    return link in (NOTICES, LOOKUP, HALLS, REPORT) or link.startswith(f"{NOTICES}/")
