"""What happens to a matter stands in its chain."""

from domain.matters.chain import record
from domain.matters.matter import Event, Happening
from domain.organisation import Role
from tests.domain.street import HOUR, MORNING, act, filed


def test_an_event_says_who_did_what_as_what_and_when() -> None:
    by = act("worker", Role.GRID_WORKER, MORNING + HOUR)

    before = filed()
    after = record(before, by, Happening.NOTED, text="half done", attachments=None)

    event = after.fresh[-1]
    assert (event.file, event.seq, event.happening) == (before.subject, 3, Happening.NOTED)
    assert (event.actor, event.role, event.at) == ("worker", Role.GRID_WORKER, MORNING + HOUR)
    assert event.content == {"text": "half done"}
    assert (after.seq, after.head) == (event.seq, event.digest)
    assert after.fresh[:-1] == before.fresh
    assert type(event) is Event
