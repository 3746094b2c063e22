"""The papers of a full agency: what stands on each. Source of the set: F-196."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from domain.documents import Grid, Lines, Paper, Signer, in_full
from domain.messages import Line, Text, Value, text
from domain.relations import Consenting
from domain.services.agency import AGENT, PRINCIPAL, Details, Fee, Item, details_of, reason_of
from domain.services.agents import Agent
from domain.services.orders import Order

_PRINCIPAL_SIGNS = Signer(party=PRINCIPAL, label=text("agency.signs_principal"))
_AGENT_SIGNS = Signer(party=AGENT, label=text("agency.signs_agent"))


def _paper(order: Order, kind: str, *blocks: Text | Lines | Grid, signed: bool = True) -> Paper:
    return Paper(
        title=text(f"documents.file_{kind}"),
        number=order.number,
        blocks=blocks,
        signers=(_PRINCIPAL_SIGNS, _AGENT_SIGNS) if signed else (),
    )


def _lines(*pairs: tuple[str, Value]) -> Lines:
    return Lines(lines=tuple(Line(text(f"agency.{label}"), value) for label, value in pairs))


def _who(details: Details, agent: Agent) -> Lines:
    return Lines(
        lines=(
            Line(text("agency.principal"), details.principal),
            *_acting(details),
            Line(text("agency.what"), details.what),
            *agent.lines,
        )
    )


def _acting(details: Details) -> tuple[Line, ...]:
    if not details.acting:
        return ()
    return (Line(text("agency.acting"), text(f"relations.kind_{details.acting}")),)


def authority(order: Order, agent: Agent, *, office: Text, until: datetime, zone: tzinfo) -> Paper:
    """The authority: who does what for whom, how far and until when (Civil Code, article 165)."""
    details = details_of(order)
    return _paper(
        order,
        "authority",
        text("agency.paper_authority", office=office, principal=details.principal),
        _who(details, agent),
        _lines(
            ("extent", text("agency.extent_words")),
            ("valid_until", in_full(until, zone, day=True)),
        ),
        text("agency.paper_stand_in"),
        text("agency.paper_free"),
    )


def acceptance(
    order: Order, agent: Agent, *, at: datetime, due: datetime | None, zone: tzinfo
) -> Paper:
    """The acceptance slip."""
    details = details_of(order)
    return _paper(
        order,
        "acceptance",
        text("agency.paper_acceptance"),
        _who(details, agent),
        _lines(
            ("accepted_at", in_full(at, zone)),
            ("due", in_full(due, zone) if due is not None else None),
            ("fee", fee_words(details.fee)),
        ),
    )


def items(order: Order, received: Iterable[str], returned: Iterable[str]) -> Paper:
    """The list of papers, with what was handed over and what was handed back."""
    got, back = frozenset(received), frozenset(returned)
    found = details_of(order).items
    if not found:
        return _paper(order, "items", text("agency.paper_no_items"))
    rows = tuple(
        (
            str(at),
            one.name,
            _sort(one),
            str(one.copies),
            _mark(one.key in got),
            _mark(one.key in back),
        )
        for at, one in enumerate(found, 1)
    )
    head = ("at", "item", "sort", "copies", "received", "returned")
    return _paper(
        order,
        "items",
        Grid(head=tuple(text(f"agency.column_{one}") for one in head), rows=rows),
    )


def _sort(item: Item) -> Text:
    if item.is_result:
        return text("agency.sort_result")
    return text("agency.sort_original" if item.original else "agency.sort_copy")


def _mark(done: bool) -> Value:
    return text("agency.yes") if done else ""


def notice(order: Order, agent: Agent, *, due: datetime | None, zone: tzinfo) -> Paper:
    """What is missing, said once (一次性告知)."""
    details = details_of(order)
    return _paper(
        order,
        "notice",
        text("agency.paper_notice", missing=details.missing),
        _lines(
            ("supply_by", in_full(due, zone) if due is not None else None),
            ("if_not", text("agency.if_not_words")),
        ),
        Lines(lines=agent.lines),
    )


def suspension(
    order: Order, agent: Agent, *, at: datetime, due: datetime | None, zone: tzinfo
) -> Paper:
    """Why it stands still, since when, and by when somebody looks at it again."""
    return _paper(
        order,
        "suspension",
        text("agency.paper_suspension"),
        _lines(
            ("suspended_at", in_full(at, zone)),
            ("reason", reason_of(details_of(order))),
            ("review_by", in_full(due, zone) if due is not None else None),
        ),
        Lines(lines=agent.lines),
    )


def resumption(order: Order, agent: Agent, *, at: datetime, how: Consenting, zone: tzinfo) -> Paper:
    """That the person lets it go on, and how they said so."""
    return _paper(
        order,
        "resumption",
        text("agency.paper_resumption"),
        _lines(
            ("resumed_at", in_full(at, zone)),
            ("consent", text(f"agency.consented_{how}")),
        ),
        Lines(lines=agent.lines),
    )


def closing(order: Order, agent: Agent, *, at: datetime, zone: tzinfo) -> Paper:
    """The closing slip: what came of it."""
    details = details_of(order)
    return _paper(
        order,
        "closing",
        _who(details, agent),
        _lines(
            ("result", details.result),
            ("fee", fee_words(details.fee)),
            ("closed_at", in_full(at, zone)),
        ),
        text("agency.paper_handed_back"),
    )


def termination(
    order: Order, agent: Agent, *, at: datetime, by_resident: bool, zone: tzinfo
) -> Paper:
    """The termination slip: why it ended without a result."""
    details = details_of(order)
    return _paper(
        order,
        "termination",
        _who(details, agent),
        _lines(
            ("terminated_at", in_full(at, zone)),
            ("terminated_by", text("agency.by_resident" if by_resident else "agency.by_office")),
            ("reason", reason_of(details)),
        ),
        text("agency.paper_goes_back"),
    )


def fee_words(fee: Fee) -> Text:
    """Say what it costs: nothing, or a fee that a law sets, which is not the office's."""
    if not fee.cents:
        return text("agency.fee_none")
    return text("agency.fee_by_law", amount=fee.yuan, law=fee.law)
