"""Every button and command, pressed by one who may and by one who may not.

Who that is follows from `tests.rights` alone; `tests/domain/access/test_table.py` goes over every
role, right and sort of case. A press that is not allowed changes nothing and tells nobody else;
the refusal cites the rule that is missing, or, where one may not know of the case, reads like the
answer to a number that does not exist.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.access.broadcasts import BroadcastRight
from domain.access.matters import MatterRight
from domain.access.rights import Right
from domain.categories import Kind
from domain.matters.matter import Matter
from domain.messages import Channel, Side
from domain.organisation import Post, Role
from domain.people import Account, Person
from handlers.registry import FEATURES
from storage.database import Database
from tests.handlers.chats import Office, opened
from tests.rights import letters
from tests.street import EAST, EAST_1, EAST_2, MORNING, STAFF, STREET, WEST_1, opened_in

NOWHERE = "2026-99999"

#: What a button brings along beside what it is about. {o} is a case that everybody knows of who may
#: merge.
MORE: Mapping[str, str] = {
    "digests.behind": ":2026-W47",
    "digests.show": ":2026-W47",
    "matters.ask_help": ":police",
    "matters.choose_desk": ":E1",
    "matters.choose_grid": ":E",
    "matters.confirm_merge": ":{o}",
    "matters.hand_over": ":mark:worker",
    "overview.list": ":all:0",
    "matters.merge": ":{o}:mark",
    "matters.reassign": ":mark:E1:worker",
    "matters.refer_to": ":errand",
    "matters.triage": ":1:2",
    "posts.relink": ":met:mark",
}
_STAFF = tuple(FEATURES.verbs[Side.STAFF].values())


def _about(*kinds: str) -> dict[str, Right]:
    """List the staff's buttons about something, each with the right that its feature declares."""
    letter = {"matter": "n", "unit": "u", "person": "p", "broadcast": "b"}
    return {
        f"{one.name}:{{{letter[one.about]}}}{MORE.get(one.name, '')}": one.right
        for one in _STAFF
        if one.about in kinds and one.right is not None
    }


OF_A_CASE = _about("matter")
OF_A_UNIT = _about("unit", "person")
#: Without the right to its unit there is no broadcast.
OF_A_BROADCAST = tuple(_about("broadcast"))
#: Buttons that lead to what one has a right to somewhere.
SOMEWHERE = {one.name: one.right for one in _STAFF if not one.about and one.right is not None}
#: What everybody with a post may press: it is about oneself, or was said to oneself; what it shows
#: of a case depends on the right, and has its own test.
OF_ONESELF = frozenset(
    {"matters.parts", "matters.show", "todo.open", "menu.help", "menu.language", "menu.open"}
    | {"posts.add_device", "posts.away", "posts.back", "posts.devices", "posts.end_device"}
    | {"posts.end_others", "tickets.show"}
    | {"posts.data", "posts.export", "posts.ask_erase", "posts.erase"}
)

#: The residents' buttons that name a case, each for its reporter alone; "me too" has its own test.
OF_MY_CASE = tuple(
    f"{one.name}:{{n}}{more}"
    for one in FEATURES.verbs[Side.RESIDENTS].values()
    if one.about == "matter" and one.name != "matters.support"
    for more in {"judge": (":yes", ":no"), "recheck": (":yes", ":no"), "rate": (":5",)}.get(
        one.name.partition(".")[2], ("",)
    )
)

EXTRA = (
    ("staff:affairs", Role.RESIDENT_AFFAIRS_OFFICER, EAST),
    ("staff:protection", Role.DATA_PROTECTION_OFFICER, STREET),
    ("staff:administrator", Role.ADMINISTRATOR, STREET),
)
EVERYBODY: Mapping[str, tuple[Role, str]] = {
    **{person: (role, unit) for person, _, role, unit in STAFF},
    **{person: (role, unit) for person, role, unit in EXTRA},
}


@dataclass
class Street:
    """An open office with a post of every role, and cases of every sort."""

    office: Office
    lamp: str
    """A service of the first grid, for which the police officer was asked to help."""
    quarrel: str
    """A dispute of the first grid, whose reporter hides."""
    idea: str
    """An opinion of the second grid."""
    far: str
    """A service of the other community."""

    @property
    def cases(self) -> tuple[str, ...]:
        return (self.lamp, self.quarrel, self.idea, self.far)


@pytest.fixture
async def street(database: Database, tmp_path: Path) -> Street:
    office = await opened(database, tmp_path)
    await office.change(*opened_in("visits"))
    for who, role, unit in EXTRA:
        await _employ(office, who, role, unit)
    lamp = await office.filed()
    quarrel = await _filed(office, "rival", EAST_1, "楼上邻居半夜吵闹", hides=True)
    idea = await _filed(office, "thinker", EAST_2, "建议小区增加停车位")
    far = await _filed(office, "stranger", WEST_1, "想办居住证明")
    await office.does("secretary", f"matters.accept:{lamp}")
    await office.does("secretary", f"matters.ask_help:{lamp}:police")
    await office.says("secretary", "请派出所一起看看")
    return Street(office, lamp, quarrel, idea, far)


async def _employ(office: Office, who: str, role: Role, unit: str) -> None:
    person = who.partition(":")[2]
    account = Account(
        id=f"account-{person}",
        person=person,
        side=Side.STAFF,
        channel=Channel.TELEGRAM,
        address=who,
        created_at=MORNING,
        seen_at=MORNING,
    )
    await office.change(
        Person(id=person, side=Side.STAFF, name=who, created_at=MORNING, preferred=account.id),
        account,
        Post(id=f"post-{person}", unit=unit, role=role, person=person, since=MORNING),
    )


async def _filed(office: Office, who: str, grid: str, words: str, *, hides: bool = False) -> str:
    await office.starts(who, f"g-{grid}")
    await office.says(who, words)
    if hides:
        await office.presses(who, "要不要匿名")
        await office.presses(who, "要匿名")
    shown = await office.presses(who, "提交")
    return shown.partition("编号 ")[2][:10]


def test_a_button_of_the_staff_needs_a_right_or_is_about_oneself() -> None:
    free = {one.name for one in _STAFF if one.right is None}

    assert free == OF_ONESELF


def where(who: str, matter: Matter, street: Street) -> set[str]:
    """Say by which letters of `tests.rights` somebody stands to a case."""
    role, unit = EVERYBODY[who]
    person = who.partition(":")[2] or who
    found = {"X"}
    if matter.owner == person:
        found.add("A")
    if matter.number == street.lamp and role is Role.POLICE_OFFICER:
        found.add("P")
    if unit in (STREET, matter.community, matter.grid):
        found.add("S" if matter.confidential or matter.kind is Kind.DISPUTE else "U")
    return found


def holds(who: str, right: Right, matter: Matter, street: Street) -> bool:
    return bool(letters(EVERYBODY[who][0], right) & where(who, matter, street))


def knows(who: str, matter: Matter, street: Street) -> bool:
    return any(
        holds(who, right, matter, street) for right in (MatterRight.SEE, MatterRight.SEE_PART)
    )


async def standings(street: Street) -> list[tuple[str, Matter]]:
    """Give everybody with every case, in an order that does not change."""
    cases = [await street.office.matter(number) for number in street.cases]
    return [(who, case) for case in cases for who in EVERYBODY]


async def test_without_the_right_a_button_of_a_case_is_refused(street: Street) -> None:
    office, everywhere = street.office, await standings(street)

    for entry, right in OF_A_CASE.items():
        who, case = next(
            (who, one)
            for who, one in everywhere
            if knows(who, one, street) and not holds(who, right, one, street)
        )
        start = len(office.said)
        refused = await office.does(who, entry.format(n=case.number, o=street.lamp))
        assert f"（{right}/{EVERYBODY[who][0]}）" in refused, (entry, who, refused)
        assert refused.count("\n") == 0, (entry, who, refused)
        assert [one.person for one in office.said[start:]] == [who], entry

    assert await standings(street) == everywhere


async def test_with_the_right_a_button_of_a_case_is_not_refused(street: Street) -> None:
    office = street.office

    for entry, right in OF_A_CASE.items():
        who, case = next(
            (who, one) for who, one in await standings(street) if holds(who, right, one, street)
        )
        told = await office.does(who, entry.format(n=case.number, o=street.lamp))
        assert told, (entry, who)
        assert f"（{right}/" not in told, (entry, who, told)
        assert "没有找到" not in told, (entry, who, told)


async def test_a_case_one_may_not_know_of_is_answered_like_no_case(street: Street) -> None:
    office = street.office
    who, case = next(
        (who, one) for who, one in await standings(street) if not knows(who, one, street)
    )

    async def answer(what: str, number: str) -> str:
        press = what.format(n=number, o=street.lamp)
        told = await (office.does(who, press) if what else office.says(who, number))
        return told.replace(number, "NUMBER")

    for what in (*OF_A_CASE, "matters.show:{n}", ""):
        assert await answer(what, case.number) == await answer(what, NOWHERE), what
    assert await office.matter(case.number) == case


async def test_a_case_shows_the_whole_or_the_own_part_or_nothing(street: Street) -> None:
    office = street.office

    for number in street.cases:
        matter = await office.matter(number)
        for who in EVERYBODY:
            told = await office.does(who, f"matters.show:{number}")
            whole = matter.particulars.text in told
            assert whole is holds(who, MatterRight.SEE, matter, street), (who, number, told)
            assert ("没有找到" in told) is not knows(who, matter, street), (who, number, told)


async def test_a_button_of_a_unit_is_for_who_has_the_right_there(street: Street) -> None:
    office = street.office

    for entry, right in OF_A_UNIT.items():
        roles = {who: role for who, (role, _) in EVERYBODY.items()}
        may_not = next(who for who, role in roles.items() if "U" not in letters(role, right))
        there = entry.format(u=EAST_1, p="worker")
        elsewhere = entry.format(u=WEST_1, p="street_leader")
        for who, press in ((may_not, there), ("community", elsewhere)):
            refused = await office.does(who, press)
            assert f"（{right}/{roles[who]}）" in refused, (entry, who, refused)
            assert "\n" not in refused, (entry, who, refused)
        assert f"（{right}/" not in await office.does("community", there), entry


@pytest.mark.parametrize("allowed", [False, True])
async def test_a_list_is_for_who_has_the_right_anywhere(street: Street, allowed: bool) -> None:
    for entry, right in SOMEWHERE.items():
        command = FEATURES.verbs[Side.STAFF][entry].command or None
        who, role = next(
            (who, role)
            for who, (role, _) in EVERYBODY.items()
            if ("U" in letters(role, right)) is allowed
        )
        missing = f"（{right}/{role}）"
        told = [await street.office.does(who, entry)]
        if command is not None:
            told.append(await street.office.commands(who, command))
        assert [missing in one for one in told] == [not allowed] * len(told), (entry, who, told)


@pytest.mark.parametrize(("by", "unit"), [("community", EAST), ("street_leader", STREET)])
async def test_without_the_right_to_its_unit_there_is_no_broadcast(
    street: Street, by: str, unit: str
) -> None:
    office = street.office
    name = {EAST: "东园社区", STREET: "梧桐街道"}[unit]
    for words in ("broadcasts.write", name, "周六上午停水，请提前储水。"):
        await (office.does(by, words) if words == "broadcasts.write" else office.says(by, words))
    await office.presses(by, "跳过")
    await office.presses(by, "公开")
    await office.says(by, "周六停水")
    await office.presses(by, "提交" if "提交" in "".join(office.labels(by)) else "发送")
    action = office.button(by, "停止")
    broadcast = action.partition(":")[2]

    for entry, (who, (role, home)) in itertools.product(OF_A_BROADCAST, EVERYBODY.items()):
        allowed = "U" in letters(role, BroadcastRight.SEND) and home in (STREET, unit)
        told = await office.does(who, entry.format(b=broadcast))
        none = await office.does(who, entry.format(b="0" * 24))
        refused = told.replace(broadcast[:8], "0" * 8) == none
        assert refused is not allowed, (entry, who, told)


async def test_no_resident_moves_or_sees_anothers_case(street: Street) -> None:
    office = street.office
    await office.starts("curious", "g-E1")
    before = {number: await office.matter(number) for number in street.cases}

    for number, entry in itertools.product(street.cases, OF_MY_CASE):
        start = len(office.said)
        real = await office.does("curious", entry.format(n=number))
        assert len(office.said) == start + 1, (entry, real)
        none = await office.does("curious", entry.format(n=NOWHERE))
        assert real == none.replace(NOWHERE, number), entry
    for number in street.cases:
        real = await office.says("curious", number)
        assert real == (await office.says("curious", NOWHERE)).replace(NOWHERE, number)

    assert {number: await office.matter(number) for number in street.cases} == before


async def test_nobody_says_me_too_to_a_case_that_is_not_offered(street: Street) -> None:
    office = street.office
    await office.starts("curious", "g-E1")

    none = await office.does("curious", f"matters.support:{NOWHERE}")
    for number in street.cases:
        assert await office.does("curious", f"matters.support:{number}") == none
        assert (await office.matter(number)).supporters == 0


@pytest.mark.parametrize("side", Side)
async def test_a_stranger_on_the_staffs_side_gets_nothing(street: Street, side: Side) -> None:
    office = street.office
    await office.says("staff:stranger", "你好")
    start = len(office.said)

    for verb in FEATURES.verbs[side]:
        for argument in ("", f":{street.lamp}", ":E1"):
            await office.does("staff:stranger", verb + argument)
    for command in FEATURES.commands[side]:
        await office.commands("staff:stranger", command)

    assert office.said[start:] == []


async def test_the_staffs_buttons_do_nothing_on_the_residents_side(street: Street) -> None:
    office = street.office
    before = await office.matter(street.lamp)

    for entry in OF_A_CASE:
        verb = entry.partition(":")[0]
        if verb not in FEATURES.verbs[Side.RESIDENTS]:
            told = await office.does("resident", entry.format(n=street.lamp, o=street.far))
            assert before.particulars.text not in told, entry

    assert await office.matter(street.lamp) == before
