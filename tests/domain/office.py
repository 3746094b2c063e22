"""An office with the catalogue, the lexicon and the model of everybody, without any storage."""

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.matters.rules import ClockRules
from domain.organisation import Organisation, Post
from domain.rules import DraftRules
from domain.street import Office, Street
from domain.switches import Switches
from domain.working_time import QuietHours
from tests.domain.street import CALENDAR, LADDER, RULES, organisation
from tests.domain.words.test_understanding import (
    default_categories,
    default_lexicon,
    default_model,
)


def office(**changes: Any) -> Office:
    """Make the office; the fields of `Office` can be changed."""
    given: dict[str, Any] = {
        "categories": default_categories(),
        "lexicon": default_lexicon(),
        "model": default_model(),
        "calendar": CALENDAR,
        "rules": {ClockRules: RULES, DraftRules: DraftRules(life=timedelta(days=30))},
        "quiet": QuietHours(start=time(21), end=time(8)),
        "timezone": ZoneInfo("Asia/Shanghai"),
        "notice_version": 1,
        "retention": timedelta(days=1095),
        **changes,
    }
    return Office(**given)


def street(
    *posts: Post,
    where: Organisation | None = None,
    switches: Switches | None = None,
    **changes: Any,
) -> Street:
    """Make the small street, with the whole ladder where no posts are given."""
    here = organisation(*(posts or LADDER)) if where is None else where
    return Street(office(**changes), here, switches or Switches())
