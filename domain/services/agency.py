"""Full agency (全程代办): a named worker does it for the resident, from authority to revisit.

Voluntary, free apart from fees that a law or a standard sets, in seven steps: authority,
acceptance, handling, delivery, filing, report, revisit. Sources: F-195; the set of slips
(acceptance, closing or termination, authority, suspension, resumption), and that the agent's name,
post, telephone and a line for complaints are made known: F-196; what is missing is said at once and
once: F-194.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.documents import Folder, Required
from domain.errors import Refused
from domain.laws import AGENCY_STANDARD, CIVIL_CODE_165, TOLD_ONCE
from domain.messages import Text, Value, text
from domain.services.orders import Order
from domain.stages import BACK, Move, Need, Procedure, Stage

#: The word that stands in the tables.
AGENCY = "agency"
PRINCIPAL, AGENT = "principal", "agent"

# --- what has to be on record --------------------------------------------------------------------

AUTHORITY = Required(kind="authority", signed_by=(PRINCIPAL,))
ACCEPTANCE = Required(kind="acceptance")
ITEMS = Required(kind="items")
NOTICE = Required(kind="notice")
SUSPENSION = Required(kind="suspension")
RESUMPTION = Required(kind="resumption")
CLOSING = Required(kind="closing")
TERMINATION = Required(kind="termination")
REQUIRED = (
    AUTHORITY,
    ACCEPTANCE,
    ITEMS,
    NOTICE,
    SUSPENSION,
    RESUMPTION,
    CLOSING,
    TERMINATION,
)
#: What the file of an agency that reached its end has to hold.
COMPLETE = (AUTHORITY, ACCEPTANCE, ITEMS, CLOSING)
#: Records that are no documents.
RETURNED, FILED, RESULT = "returned", "filed", "result"

_AUTHORITY = Need(record="authority", refusal="agency.no_authority", rule=CIVIL_CODE_165)
_ACCEPTANCE = Need(record="acceptance", refusal="agency.not_accepted", rule=AGENCY_STANDARD)
_ITEMS = Need(record="items", refusal="agency.no_items", rule=AGENCY_STANDARD)
_NOTICE = Need(record="notice", refusal="agency.told_once", rule=TOLD_ONCE)
_RESUMPTION = Need(record="resumption", refusal="agency.no_resumption", rule=AGENCY_STANDARD)
_RETURNED = Need(record=RETURNED, refusal="agency.papers_left", rule=AGENCY_STANDARD)
_RESULT = Need(record=RESULT, refusal="agency.no_result", rule=AGENCY_STANDARD)
_CLOSING = Need(record="closing", refusal="agency.no_closing", rule=AGENCY_STANDARD)
_FILED = Need(record=FILED, refusal="agency.not_filed", rule=AGENCY_STANDARD)

# --- its stages ----------------------------------------------------------------------------------

#: While it is in one of these, its case is referred to it.
UNDER_WAY = frozenset(
    {"authority", "acceptance", "supplement", "handling", "suspended", "delivery"}
)
_BY_AGENT, _BY_RESIDENT = frozenset({AGENT}), frozenset({PRINCIPAL})
_BY_BOTH = _BY_AGENT | _BY_RESIDENT


def _move(name: str, of: Iterable[str], to: str, **more: Any) -> Move:
    return Move(name=name, of=frozenset(of), to=to, **{"by": _BY_AGENT, **more})


PROCEDURE = Procedure(
    name=AGENCY,
    stages=(
        Stage(name="authority", owed_by=PRINCIPAL, span="authority", next="sign"),
        Stage(
            name="acceptance",
            owed_by=AGENT,
            span="acceptance",
            next="accept",
            needs=(_AUTHORITY,),
        ),
        Stage(
            name="supplement",
            owed_by=PRINCIPAL,
            span="supplement",
            next="supply",
            needs=(_AUTHORITY,),
        ),
        Stage(
            name="handling",
            owed_by=AGENT,
            span="handling",
            next="handle",
            needs=(_AUTHORITY, _ACCEPTANCE, _ITEMS),
        ),
        Stage(
            name="suspended",
            owed_by=AGENT,
            span="suspension",
            next="review",
            needs=(_AUTHORITY,),
        ),
        Stage(
            name="delivery",
            owed_by=AGENT,
            span="delivery",
            next="hand_back",
            needs=(_AUTHORITY, _ACCEPTANCE, _RESULT),
        ),
        Stage(
            name="filing",
            owed_by=AGENT,
            span="filing",
            next="file",
            needs=(_RETURNED, _CLOSING),
        ),
        Stage(name="revisit", owed_by=AGENT, span="revisit", next="revisit", needs=(_FILED,)),
        Stage(name="returning", owed_by=AGENT, span="delivery", next="hand_back"),
        Stage(name="done"),
        Stage(name="terminated", needs=(_RETURNED,)),
    ),
    moves=(
        _move("authorise", {"authority"}, "acceptance", gives=frozenset({"authority"})),
        _move(
            "tell_missing",
            {"acceptance"},
            "supplement",
            gives=frozenset({"notice"}),
            once=_NOTICE,
        ),
        _move("supplied", {"supplement"}, "acceptance", by=_BY_BOTH),
        _move(
            "accept",
            {"acceptance"},
            "handling",
            gives=frozenset({"acceptance", "items"}),
        ),
        _move("progress", {"handling"}, "handling"),
        _move(
            "suspend",
            {"handling", "suspended"},
            "suspended",
            suspends=True,
            reasoned=True,
            gives=frozenset({"suspension"}),
            takes=frozenset({"resumption"}),
        ),
        _move(
            "resume",
            {"suspended"},
            BACK,
            by=_BY_BOTH,
            needs=(_RESUMPTION,),
            gives=frozenset({"resumption"}),
        ),
        _move("finish", {"handling"}, "delivery", gives=frozenset({RESULT})),
        _move("hand_back", {"delivery"}, "delivery", by=_BY_BOTH, gives=frozenset({RETURNED})),
        _move(
            "hand_back_ended",
            {"returning"},
            "returning",
            by=_BY_BOTH,
            gives=frozenset({RETURNED}),
        ),
        _move("close", {"delivery"}, "filing", needs=(_RETURNED,), gives=frozenset({"closing"})),
        _move("file", {"filing"}, "revisit", gives=frozenset({FILED})),
        _move("revisit", {"revisit"}, "done"),
        _move(
            "terminate",
            UNDER_WAY,
            "returning",
            reasoned=True,
            gives=frozenset({"termination"}),
        ),
        _move(
            "revoke",
            UNDER_WAY,
            "returning",
            by=_BY_RESIDENT,
            gives=frozenset({"termination"}),
        ),
        _move("end", {"returning"}, "terminated", needs=(_RETURNED,), by=_BY_BOTH),
    ),
)


# --- what is kept of one -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A paper that is handed over, and handed back; or one that comes out in the end."""

    key: str
    name: str
    original: bool = True
    copies: int = 1
    is_result: bool = False

    def as_json(self) -> dict[str, Any]:
        """Give it as plain JSON values."""
        return {
            "key": self.key,
            "name": self.name,
            "original": self.original,
            "copies": self.copies,
            "is_result": self.is_result,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Fee:
    """What the person pays to whoever a law or a standard lets take it; nothing to the office."""

    cents: int = 0
    law: str = ""
    """The law or the standard that sets it, with its article."""

    def __post_init__(self) -> None:
        if self.cents < 0:
            raise Refused("agency.fee_below_zero")
        if self.cents and sum(sign.isalnum() for sign in self.law) < _SHORTEST_LAW:
            raise Refused("agency.fee_without_law", rule=AGENCY_STANDARD)
        if not self.cents and self.law:
            object.__setattr__(self, "law", "")

    @property
    def yuan(self) -> str:
        """Write the amount in yuan."""
        return f"{self.cents / 100:.2f}".removesuffix(".00")


#: Fewer letters name no law.
_SHORTEST_LAW = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """What an agency keeps of what is done for whom; sealed, and erased with it."""

    what: str
    """What is to be done."""
    principal: str
    """The name of the person who gives the authority."""
    phone: str = ""
    acting: str = ""
    """As what somebody else asks for them, in code (`domain.relations.RelationKind`); empty for
    oneself."""
    relation: str = ""
    """The relation by which they act."""
    items: tuple[Item, ...] = ()
    fee: Fee = field(default_factory=Fee)
    missing: str = ""
    """What the one notice said is missing."""
    steps: tuple[tuple[str, str], ...] = ()
    """What was done, as the resident sees it: moments (ISO) and words."""
    result: str = ""
    reason: str = ""
    """Why it is suspended, or ended."""
    revisit: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give it as plain JSON values."""
        return {
            "what": self.what,
            "principal": self.principal,
            "phone": self.phone,
            "acting": self.acting,
            "relation": self.relation,
            "items": [one.as_json() for one in self.items],
            "fee": [self.fee.cents, self.fee.law],
            "missing": self.missing,
            "steps": [list(one) for one in self.steps],
            "result": self.result,
            "reason": self.reason,
            "revisit": self.revisit,
        }


def details_of(order: Order) -> Details:
    """Read what an order keeps; what was erased is empty."""
    body: Mapping[str, Any] = order.body
    cents, law = body.get("fee") or (0, "")
    return Details(
        what=body.get("what", ""),
        principal=body.get("principal", ""),
        phone=body.get("phone", ""),
        acting=body.get("acting", ""),
        relation=body.get("relation", ""),
        items=tuple(Item(**one) for one in body.get("items", ())),
        fee=Fee(cents=cents, law=law),
        missing=body.get("missing", ""),
        steps=tuple((at, words) for at, words in body.get("steps", ())),
        result=body.get("result", ""),
        reason=body.get("reason", ""),
        revisit=body.get("revisit", ""),
    )


def with_details(order: Order, **changes: Any) -> Order:
    """Change what an order keeps."""
    return replace(order, body=replace(details_of(order), **changes).as_json())


def with_step(order: Order, at: datetime, words: str) -> Order:
    """Add what was done, for the resident to see."""
    return with_details(order, steps=(*details_of(order).steps, (at.isoformat(), words)))


#: Why it ended, where nobody wrote a sentence.
REVOKED, RELATION_ENDED = "revoked", "relation_ended"
_CODES = frozenset({REVOKED, RELATION_ENDED, "withdrawn", "erased"})


def reason_of(details: Details) -> Value:
    """Say why it is suspended, or ended; None where it is neither."""
    if details.reason in _CODES:
        return text(f"agency.why_{details.reason}")
    return details.reason or None


# --- records -------------------------------------------------------------------------------------


def records_of(order: Order, folder: Folder) -> frozenset[str]:
    """Name what is on record, as the stages know it."""
    found = set(folder.records(REQUIRED))
    details = details_of(order)
    if details.result:
        found.add(RESULT)
    if not folder.outstanding:
        found.add(RETURNED)
    if order.standing.stage in ("revisit", "done"):
        found.add(FILED)
    return frozenset(found)


def ensure_complete(folder: Folder) -> None:
    """Make sure that the file holds all that it has to.

    Raises:
        Refused: something is missing; it says what.
    """
    missing = folder.missing(COMPLETE)
    if missing:
        raise Refused(
            "agency.incomplete",
            rule=AGENCY_STANDARD,
            missing=_names(one.kind for one in missing),
        )


def _names(kinds: Iterable[str]) -> tuple[Text, ...]:
    return tuple(text(f"documents.file_{kind}") for kind in kinds)


def new_items(known: Sequence[Item], given: Sequence[Item]) -> tuple[Item, ...]:
    """Add items under keys that go on from the known ones."""
    first = len(known) + 1
    return (*known, *(replace(one, key=str(first + at)) for at, one in enumerate(given)))
