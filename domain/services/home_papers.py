"""The papers of a home visit: what stands on each, never a code. Source of the set: F-196."""

from datetime import datetime, tzinfo

from domain.documents import Lines, Paper, Signer, in_full
from domain.messages import Line, Text, Value, text
from domain.relations import Consenting
from domain.services.agency import AGENT, PRINCIPAL
from domain.services.agents import Agent
from domain.services.door import checked_key
from domain.services.home import home_of, reason_of
from domain.services.home_cards import worker_lines
from domain.services.orders import Order

_SIGNERS = (
    Signer(party=PRINCIPAL, label=text("home.signs_principal")),
    Signer(party=AGENT, label=text("home.signs_worker")),
)


def _paper(order: Order, kind: str, *blocks: Text | Lines) -> Paper:
    return Paper(
        title=text(f"home.file_{kind}"), number=order.number, blocks=blocks, signers=_SIGNERS
    )


def _lines(*pairs: tuple[str, Value]) -> Lines:
    return Lines(lines=tuple(Line(text(f"home.{label}"), value) for label, value in pairs))


def _who(order: Order, agent: Agent, zone: tzinfo) -> Lines:
    details = home_of(order)
    window = details.window
    acting = text(f"relations.kind_{details.acting}") if details.acting else None
    lines = (
        Line(text("home.principal"), details.principal),
        Line(text("home.acting"), acting),
        Line(text("home.address"), details.address),
        Line(text("home.what"), details.what),
        Line(text("home.starts"), in_full(window[0], zone) if window is not None else None),
        Line(text("home.ends"), in_full(window[1], zone) if window is not None else None),
        *worker_lines(agent),
    )
    return Lines(lines=tuple(one for one in lines if one.value is not None))


def acceptance(order: Order, agent: Agent, *, at: datetime, zone: tzinfo) -> Paper:
    """The acceptance slip: who comes when, and how to make sure of it."""
    return _paper(
        order,
        "acceptance",
        text("home.paper_acceptance"),
        _who(order, agent, zone),
        _lines(("accepted_at", in_full(at, zone))),
        text("home.paper_door", hall=agent.hall or agent.phone),
        text("home.paper_free"),
    )


def notice(order: Order, agent: Agent, *, zone: tzinfo) -> Paper:
    """What to have ready, said once (一次性告知)."""
    return _paper(
        order,
        "notice",
        text("home.paper_notice", bring=home_of(order).bring),
        _who(order, agent, zone),
    )


def suspension(
    order: Order, agent: Agent, *, at: datetime, due: datetime | None, zone: tzinfo
) -> Paper:
    """Why it stands still, since when, and by when somebody looks at it again."""
    return _paper(
        order,
        "suspension",
        text("home.paper_suspension"),
        _lines(
            ("suspended_at", in_full(at, zone)),
            ("reason", reason_of(home_of(order))),
            ("review_by", in_full(due, zone) if due is not None else None),
        ),
        Lines(lines=worker_lines(agent)),
    )


def resumption(order: Order, agent: Agent, *, at: datetime, how: Consenting, zone: tzinfo) -> Paper:
    """That the person lets it go on, and how they said so."""
    return _paper(
        order,
        "resumption",
        text("home.paper_resumption"),
        _lines(
            ("resumed_at", in_full(at, zone)),
            ("consent", text(f"home.consented_{how}")),
        ),
        Lines(lines=worker_lines(agent)),
    )


def closing(order: Order, agent: Agent, *, at: datetime, zone: tzinfo) -> Paper:
    """The closing slip: what came of it, and whether each knew the other at the door."""
    details = home_of(order)
    return _paper(
        order,
        "closing",
        _who(order, agent, zone),
        _lines(
            ("result", details.result),
            ("checked", text(f"home.checked_{checked_key(details)}")),
            ("closed_at", in_full(at, zone)),
        ),
        text("home.paper_free"),
    )


def termination(
    order: Order, agent: Agent, *, at: datetime, by_resident: bool, zone: tzinfo
) -> Paper:
    """The termination slip: why it ended without a result."""
    return _paper(
        order,
        "termination",
        _who(order, agent, zone),
        _lines(
            ("terminated_at", in_full(at, zone)),
            ("terminated_by", text("home.by_resident" if by_resident else "home.by_office")),
            ("reason", reason_of(home_of(order))),
        ),
        text("home.paper_goes_back"),
    )
