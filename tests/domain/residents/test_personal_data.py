"""The copy of one's own data holds all that was put in, each under its own name."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.categories import Kind
from domain.matters import life, verdicts
from domain.matters.matter import Event, Matter, Origin, Particulars, State
from domain.messages import Card, Channel, Side, Text, text
from domain.organisation import Role
from domain.people import Account, Consent, Language, Person, Purpose
from domain.places.points import Point
from domain.residents.personal_data import DataCopy, Sent, as_json, in_words, profile_card
from domain.subjects import Subject, case
from tests.domain.office import office
from tests.domain.street import CALENDAR, MORNING, RULES, act, filed

CLOCKS: dict[str, Any] = {"rules": RULES, "calendar": CALENDAR}
MINUTE = timedelta(minutes=1)
CATALOGUE = office().categories


def moment(minutes: int) -> datetime:
    """Give a moment of the morning that nothing else of the copy has."""
    return MORNING + minutes * MINUTE


PERSON = Person(
    id="anna",
    side=Side.RESIDENTS,
    language=Language.ENGLISH,
    elder=True,
    grid="E1",
    name="Anna",
    phone="13800001234",
    noticed=2,
    weekly_summary=True,
    notices=False,
    created_at=moment(1),
)
ACCOUNT = Account(
    id="phone",
    person="anna",
    side=Side.RESIDENTS,
    channel=Channel.TELEGRAM,
    address="4711",
    created_at=moment(2),
    seen_at=moment(3),
)


def consent(purpose: Purpose, **more: Any) -> Consent:
    return Consent(person="anna", purpose=purpose, notice=2, **more)


def a_case() -> tuple[Matter, tuple[Event, ...]]:
    """Give a case that went all the way, with words of both sides and inner work between."""
    matter = filed(
        "2026-00007",
        at=moment(10),
        kind=Kind.OPINION,
        category="lighting",
        origin=Origin.WINDOW,
        hide_name=True,
        particulars=Particulars(
            text="灯坏了",
            place_text="3号楼",
            point=Point(latitude=34.5, longitude=113.25),
            attachments=("photo",),
            phone="13900005678",
            name="安娜",
        ),
    )
    resident = Role.RESIDENT
    matter = life.accept(matter, act(at=moment(11)))
    matter = life.triage(
        matter, act(at=moment(12)), importance=3, urgency=2, reason="inner", **CLOCKS
    )
    matter = life.ask(matter, act(at=moment(13)), "哪一盏？", **CLOCKS)
    matter = life.answer(matter, act("anna", resident, moment(14)), "门口的", **CLOCKS)
    matter = life.resolve(matter, act(at=moment(15)), "换了灯泡", ("after",), **CLOCKS)
    matter = verdicts.judge(matter, act("anna", resident, moment(16)), solved=True, **CLOCKS)
    matter = verdicts.rate(matter, act("anna", resident, moment(17)), 4, "很快")
    matter = replace(matter, supporters=3)
    return matter, matter.fresh


CASE, EVENTS = a_case()
KNOWN = DataCopy(
    person=PERSON,
    accounts=[ACCOUNT],
    consents=[
        consent(Purpose.NOTICE, given_at=moment(4)),
        consent(Purpose.SENSITIVE, given_at=moment(5), withdrawn_at=moment(6)),
        consent(Purpose.WEEKLY_SUMMARY, given_at=moment(7)),
    ],
    matters=[(CASE, EVENTS)],
    followed=[("2026-00009", moment(20))],
    sent=[
        Sent(
            id="photo",
            kind="photo",
            at=moment(9),
            subject=case("2026-00007"),
            name="2026-00007-1.jpg",
        ),
        Sent(id="voice", kind="voice", at=moment(21), subject=None),
    ],
    drafts=[{"text": "half a sentence"}],
    alarms=[(moment(22), "着火了")],
)


def iso(minutes: int) -> str:
    return moment(minutes).isoformat()


def test_a_copy_holds_all_that_was_put_in() -> None:
    """Compared whole: nothing is missing, and nothing that is the office's own is in it."""
    assert as_json(KNOWN, moment(30)) == {
        "export_version": 1,
        "exported_at": iso(30),
        "profile": {
            "id": "anna",
            "name": "Anna",
            "phone": "13800001234",
            "grid": "E1",
            "language": "en",
            "elder_mode": True,
            "weekly_summary": True,
            "notices": False,
            "privacy_notice_shown": 2,
            "since": iso(1),
        },
        "accounts": [
            {"channel": "telegram", "address": "4711", "since": iso(2), "last_used": iso(3)}
        ],
        "consents": [
            {
                "purpose": "notice",
                "notice_version": 2,
                "given_at": iso(4),
                "withdrawn_at": None,
            },
            {
                "purpose": "sensitive",
                "notice_version": 2,
                "given_at": iso(5),
                "withdrawn_at": iso(6),
            },
            {
                "purpose": "weekly_summary",
                "notice_version": 2,
                "given_at": iso(7),
                "withdrawn_at": None,
            },
        ],
        "matters": [
            {
                "number": "2026-00007",
                "kind": "opinion",
                "category": "lighting",
                "community": "E",
                "grid": "E1",
                "origin": "window",
                "state": "closed",
                "outcome": "solved",
                "score": 4,
                "filed_at": iso(10),
                "closed_at": iso(16),
                "text": "灯坏了",
                "place": "3号楼",
                "location": {"latitude": 34.5, "longitude": 113.25},
                "name": "安娜",
                "phone": "13900005678",
                "name_hidden": True,
                "files": ["photo"],
                "supporters": 3,
                "events": [
                    happened(1, 10, "filed", "resident", text="灯坏了"),
                    happened(3, 11, "accepted", "office"),
                    happened(5, 13, "asked", "office", question="哪一盏？"),
                    happened(6, 14, "answered", "resident", text="门口的"),
                    happened(7, 15, "resolved", "office", result="换了灯泡"),
                    happened(8, 16, "judged", "resident", solved=True),
                    happened(9, 16, "closed", "resident"),
                    happened(10, 17, "judged", "resident", score=4, comment="很快"),
                ],
            }
        ],
        "followed": [{"number": "2026-00009", "since": iso(20)}],
        "files": [
            {
                "id": "photo",
                "kind": "photo",
                "sent_at": iso(9),
                "matter": "2026-00007",
                "name": "2026-00007-1.jpg",
            },
            {"id": "voice", "kind": "voice", "sent_at": iso(21), "matter": None, "name": None},
        ],
        "unfinished_forms": [{"text": "half a sentence"}],
        "alarms": [{"said_at": iso(22), "text": "着火了"}],
        "work": None,
    }


def happened(seq: int, minutes: int, happening: str, by: str, **said: object) -> dict[str, Any]:
    return {"seq": seq, "at": iso(minutes), "happening": happening, "by": by, **said}


def test_what_is_not_there_is_said_to_be_nothing() -> None:
    open_case = replace(CASE, state=State.ACCEPTED, outcome=None, score=None, closed_at=None)
    bare = replace(open_case, particulars=Particulars(text="灯坏了"))

    (told,) = as_json(replace(KNOWN, matters=[(bare, ())]), MORNING)["matters"]

    assert (told["outcome"], told["score"], told["closed_at"]) == (None, None, None)
    assert (told["location"], told["files"], told["events"]) == (None, [], [])


# --- in words ------------------------------------------------------------------------------------


def lines(card: Text | Card) -> list[tuple[Text, object]]:
    assert isinstance(card, Card)
    return [(line.label, line.value) for line in card.lines]


def test_the_profile_shows_what_is_kept_besides_the_cases() -> None:
    shown = profile_card(KNOWN, "第一网格")

    assert shown.title == text("me.data_title")
    assert lines(shown) == [
        (text("me.name"), "Anna"),
        (text("me.phone"), "13800001234"),
        (text("me.grid"), "第一网格"),
        (text("me.accounts"), (text("me.channel_telegram"),)),
        (text("me.consents"), (text("me.purpose_weekly_summary"),)),
        (text("me.cases"), text("me.cases_kept", own=1, followed=1)),
        (text("me.files"), 2),
        (text("me.since"), moment(1)),
    ]


def test_where_nothing_is_kept_the_profile_says_so() -> None:
    nobody = replace(
        KNOWN, person=replace(PERSON, name="", phone=""), accounts=[], consents=[], sent=[]
    )

    shown = {label.key: value for label, value in lines(profile_card(nobody, ""))}

    none = text("me.none")
    for label in ("me.name", "me.phone", "me.grid", "me.accounts", "me.consents"):
        assert shown[label] == none
    assert shown["me.files"] == 0


def test_the_copy_in_words_goes_from_the_profile_over_the_cases_to_what_was_followed() -> None:
    sections = in_words(KNOWN, CATALOGUE, "第一网格", moment(30))

    title, profile, case, loose, followed = sections
    assert title.block == text("me.copy_title", at=moment(30))
    assert profile.block == profile_card(KNOWN, "第一网格")
    assert isinstance(case.block, Card)
    assert case.block.title == text(
        "cards.title_plain",
        number="2026-00007",
        kind=text("names.kind_opinion"),
        category=text("names.either", zh="路灯照明", en="Street lighting"),
    )
    assert [one.id for one in case.files] == ["photo"]
    assert loose.block == text("me.copy_loose")
    assert [one.id for one in loose.files] == ["voice"]
    assert isinstance(followed.block, Card)
    assert followed.block.title == text("me.copy_followed")
    assert lines(followed.block) == [
        (text("me.copy_followed_line", number="2026-00009"), moment(20))
    ]
    assert (title.files, profile.files, followed.files) == ((), (), ())


def test_a_case_in_words_tells_what_was_said_and_what_happened() -> None:
    case = in_words(KNOWN, CATALOGUE, "", moment(30))[2].block

    shown = lines(case)
    assert shown[:7] == [
        (text("cards.state"), text("names.state_closed")),
        (text("cards.what"), "灯坏了"),
        (text("cards.where"), "3号楼"),
        (text("me.name"), "安娜"),
        (text("me.phone"), "13900005678"),
        (text("cards.pictures"), 1),
        (text("cards.score"), 4),
    ]
    assert shown[7] == (
        text("matters.at", moment=moment(10)),
        text("matters.happened_said", what=text("names.happening_filed"), said="灯坏了"),
    )
    assert len(shown) == 7 + 8


def test_what_a_case_does_not_have_has_no_line() -> None:
    bare = replace(CASE, particulars=Particulars(text="灯坏了"), score=None)
    known = replace(KNOWN, matters=[(bare, ())])

    shown = [label.key for label, _ in lines(in_words(known, CATALOGUE, "", MORNING)[2].block)]

    assert shown == ["cards.state", "cards.what"]


def test_without_cases_files_and_follows_the_copy_says_that_there_are_no_cases() -> None:
    empty = replace(KNOWN, matters=[], followed=[], sent=[])

    sections = in_words(empty, CATALOGUE, "", MORNING)

    assert [one.block for one in sections[2:]] == [text("me.copy_no_cases")]


def test_what_belongs_to_no_case_says_to_what_it_belongs() -> None:
    visit = Subject("visit", "7")
    theirs = Sent(id="theirs", kind="photo", at=moment(9), subject=visit)
    staff = replace(
        KNOWN,
        person=replace(PERSON, side=Side.STAFF),
        sent=[theirs, *KNOWN.sent],
        acts=[(case("2026-00007"), "noted", moment(10)), (visit, "visits.begun", moment(11))],
        looks=[(moment(12), case("2026-00007"), "opened", ""), (moment(13), visit, "opened", "")],
    )

    copied = as_json(staff, moment(30))

    assert [{key: one.get(key) for key in ("matter", "subject")} for one in copied["files"]] == [
        {"matter": None, "subject": "visit:7"},
        {"matter": "2026-00007", "subject": None},
        {"matter": None, "subject": None},
    ]
    assert copied["work"]["acts"] == [
        {"matter": "2026-00007", "happening": "noted", "at": iso(10)},
        {"matter": None, "subject": "visit:7", "happening": "visits.begun", "at": iso(11)},
    ]
    assert [one["subject"] for one in copied["work"]["looks"]] == ["2026-00007", "visit:7"]
