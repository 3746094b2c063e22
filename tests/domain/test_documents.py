"""Papers of a subject: versions, who signed which words and how, what was handed over and back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import count

import pytest

from domain.documents import (
    Acknowledging,
    Document,
    DocumentState,
    Folder,
    Grid,
    Handing,
    Lines,
    Paper,
    Required,
    Signature,
    Signer,
    Signing,
    acknowledge,
    from_json,
    issue,
    need,
    sign,
    to_json,
    void,
)
from domain.errors import Refused
from domain.messages import Line, text
from domain.subjects import Subject
from tests.domain.street import DAY, HOUR, MORNING

OUTING = Subject("outing", "7")
PAPER = Paper(
    title=text("names.either", zh="报名表", en="Form"),
    number="2026-00001",
    blocks=(
        text("names.either", zh="一起去", en="We go"),
        Lines(lines=(Line(text("cards.due"), MORNING), Line(text("cards.what"), None))),
        Grid(head=(text("cards.case"),), rows=((date(2026, 12, 1),), (text("cards.due"),))),
    ),
    signers=(Signer(party="guest", label=text("cards.owner")),),
)
FORM = Required(kind="form", signed_by=("guest",))


def folder(*papers: Paper) -> Folder:
    found = Folder(subject=OUTING)
    for number, paper in enumerate(papers, 1):
        made = issue(
            found, "form", paper, ident=f"d{number}", by="guide", at=MORNING + number * HOUR
        )
        found = found.with_more(made)
    return found


def signed(document: Document, **given: object) -> Signature:
    return sign(
        document,
        **{  # type: ignore[arg-type]
            "ident": "s1",
            "party": "guest",
            "who": "ann",
            "how": Signing.IN_PERSON,
            "at": MORNING + DAY,
            "recorded_by": "guide",
            **given,
        },
    )


def test_a_paper_is_kept_as_it_is() -> None:
    assert from_json(to_json(PAPER)) == PAPER
    assert from_json(to_json(PAPER)).digest == PAPER.digest


def test_a_newer_version_takes_the_place_of_the_one_before() -> None:
    two = folder(PAPER, replace(PAPER, number="2026-00002"))

    assert [(one.version, one.state) for one in two.documents] == [
        (1, DocumentState.REPLACED),
        (2, DocumentState.ISSUED),
    ]
    assert two.current("form").id == "d2"
    assert two.current("slip") is None


def test_what_was_signed_is_what_counts_and_a_new_version_is_signed_anew() -> None:
    one = folder(PAPER)
    one = one.with_more(signatures=[signed(one.current("form"))])
    newer = one.with_more(
        issue(one, "form", replace(PAPER, number="x"), ident="d2", by="guide", at=MORNING + DAY)
    )

    assert one.missing([FORM]) == ()
    assert one.records([FORM]) == {"form"}
    assert newer.missing([FORM]) == (FORM,)
    assert newer.records([FORM]) == set()


def test_a_signature_of_other_words_is_none() -> None:
    one = folder(PAPER)
    forged = replace(signed(one.current("form")), digest=b"other")

    assert one.with_more(signatures=[forged]).signature("form", "guest") is None


def test_an_unsigned_paper_is_not_complete_and_one_that_needs_no_signature_is() -> None:
    assert folder(PAPER).missing([FORM, Required(kind="form"), Required(kind="slip")]) == (
        FORM,
        Required(kind="slip"),
    )


@pytest.mark.parametrize("state", [DocumentState.VOID, DocumentState.REPLACED])
def test_what_counts_no_more_is_not_signed(state: DocumentState) -> None:
    document = replace(folder(PAPER).current("form"), state=state)

    with pytest.raises(Refused) as refused:
        signed(document)

    assert refused.value.reason == "documents.not_in_force"
    assert void(folder(PAPER).current("form")).state is DocumentState.VOID


def test_nobody_is_the_witness_of_their_own_hand() -> None:
    with pytest.raises(Refused) as refused:
        signed(folder(PAPER).current("form"), recorded_by="ann")

    assert refused.value.reason == "documents.needs_witness"


@pytest.mark.parametrize("proof", ["", "   ", "abc"])
def test_an_e_signature_without_proof_is_refused_with_the_law(proof: str) -> None:
    with pytest.raises(Refused) as refused:
        signed(folder(PAPER).current("form"), how=Signing.RELIABLE_E_SIGNATURE, proof=proof)

    assert refused.value.reason == "documents.needs_proof"
    assert refused.value.rule.document == "e_signature_law"


def test_an_e_signature_says_which_service_and_number_show_it() -> None:
    one = signed(
        folder(PAPER).current("form"),
        how=Signing.RELIABLE_E_SIGNATURE,
        proof=" 电子签章 123456 ",
        recorded_by="ann",
    )

    assert (one.proof, one.digest) == ("电子签章 123456", PAPER.digest)


def ids() -> Iterator[str]:
    return (f"a{number}" for number in count(1))


def handed(given: Folder, handing: Handing, *items: str) -> Folder:
    numbers = ids()
    acks = acknowledge(
        given,
        given.current("form"),
        items,
        handing,
        new_id=lambda: next(numbers),
        how=Acknowledging.IN_PERSON,
        who="ann",
        at=MORNING,
        recorded_by="guide",
    )
    return given.with_more(acknowledgements=acks)


def test_what_was_received_is_outstanding_until_it_is_handed_back() -> None:
    has = handed(folder(PAPER), Handing.RECEIVED, "1", "2", "2")

    part = handed(has, Handing.RETURNED, "2")

    assert has.outstanding == {"1", "2"}
    assert part.outstanding == {"1"}
    assert handed(part, Handing.RETURNED, "1").outstanding == set()


def test_what_was_acknowledged_already_is_not_acknowledged_twice() -> None:
    has = handed(folder(PAPER), Handing.RECEIVED, "1")

    assert handed(has, Handing.RECEIVED, "1") == has


def test_what_never_came_is_not_handed_back() -> None:
    with pytest.raises(Refused) as refused:
        handed(folder(PAPER), Handing.RETURNED, "1")

    assert refused.value.reason == "documents.never_received"


def test_a_stage_may_need_a_document() -> None:
    assert need(FORM, "no_form").record == "form"
