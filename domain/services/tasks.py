"""Convenience services: paying on behalf, repairs and errands, as orders of one procedure.

The resident says what is to be done and how much it may cost at most; a worker does it and notes
the receipt. What is handed over in money is handed over in person and stands nowhere here. Above
the cap the resident is asked first, and nothing is closed without their answer. Sources:
requirements S-11 to S-13; the end is the case's, which only its resident or a time-out closes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.documents import Folder
from domain.errors import Refused
from domain.messages import Value, text
from domain.services.agency import AGENT, PRINCIPAL
from domain.services.orders import Order
from domain.stages import Move, Need, Procedure, Stage
from domain.words.plaintext import normal, plain_text

#: In whose catalogue its words stand.
WORDS = "tasks"
PAY, REPAIR, ERRAND = "pay", "repair", "errand"


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskKind:
    """What tells one sort of task from the others."""

    name: str
    costs: bool
    """It has a cap and a receipt."""
    categories: tuple[str, ...] = ()
    """The categories of its case, the first that the office has; else the one for anything else."""


KINDS = {
    one.name: one
    for one in (
        TaskKind(name=PAY, costs=True),
        TaskKind(name=REPAIR, costs=False, categories=("home_repair",)),
        TaskKind(name=ERRAND, costs=True),
    )
}
#: What can be paid on behalf.
BILLS = ("power", "water", "gas", "heating", "phone")
#: What becomes of what was spent above the cap without consent.
RETURN, PAY_CAP = "return", "pay_cap"
SETTLEMENTS = (RETURN, PAY_CAP)

# --- its stages ----------------------------------------------------------------------------------

RESULT, WITHIN, ASKED, SETTLED = "result", "within", "asked", "settled"
_RESULT = Need(record=RESULT, refusal="tasks.no_result")
_WITHIN = Need(record=WITHIN, refusal="tasks.above_cap")
_ASKED = Need(record=ASKED, refusal="tasks.nothing_asked")
_SETTLED = Need(record=SETTLED, refusal="tasks.not_settled")
UNDER_WAY = frozenset({"given", "doing", "consent", "settling"})
#: Something was bought: what becomes of it is settled before anything ends.
_SPENT = frozenset({"consent", "settling"})
_AGENT, _PRINCIPAL = frozenset({AGENT}), frozenset({PRINCIPAL})

PROCEDURE = Procedure(
    name=WORDS,
    stages=(
        Stage(name="given", owed_by=AGENT, span="begin", next="begin"),
        Stage(name="doing", owed_by=AGENT, span="doing", next="finish"),
        Stage(name="consent", owed_by=PRINCIPAL, span="consent", next="decide", needs=(_ASKED,)),
        Stage(name="settling", owed_by=AGENT, span="settling", next="settle", needs=(_SETTLED,)),
        Stage(name="done", needs=(_RESULT, _WITHIN)),
        Stage(name="terminated"),
    ),
    moves=(
        Move(name="begin", of=frozenset({"given"}), to="doing", by=_AGENT),
        Move(
            name="ask",
            of=frozenset({"doing"}),
            to="consent",
            by=_AGENT,
            gives=frozenset({ASKED}),
            takes=frozenset({WITHIN}),
        ),
        Move(
            name="agree",
            of=frozenset({"consent"}),
            to="doing",
            by=_PRINCIPAL,
            takes=frozenset({ASKED}),
        ),
        Move(
            name="refuse",
            of=frozenset({"consent"}),
            to="settling",
            by=_PRINCIPAL,
            gives=frozenset({SETTLED}),
            takes=frozenset({ASKED}),
        ),
        Move(
            name="finish",
            of=frozenset({"doing"}),
            to="done",
            by=_AGENT,
            gives=frozenset({RESULT, WITHIN}),
        ),
        Move(
            name="settle",
            of=frozenset({"settling"}),
            to="done",
            by=_AGENT,
            gives=frozenset({RESULT, WITHIN}),
        ),
        Move(name="terminate", of=UNDER_WAY, to="terminated", by=_AGENT, reasoned=True),
        Move(name="revoke", of=UNDER_WAY, to="terminated", by=_PRINCIPAL),
    ),
)

# --- what is kept of one -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What a task keeps; sealed, and erased with it. Amounts are in fen."""

    what: str
    phone: str = ""
    place: str = ""
    bill: str = ""
    account: str = ""
    """The number of the account with whoever supplies it; of no bank."""
    wanted: tuple[tuple[str, str], ...] = ()
    """What is to be bought, and how much of it."""
    cap: int = 0
    agreed: int = 0
    """The resident agreed to so much; 0 where nothing beyond the cap was asked."""
    asked: int = 0
    """The receipt that waits for consent; 0 for none."""
    total: int = 0
    """What was paid in the end, by the receipt."""
    photos: tuple[str, ...] = ()
    """The receipt, or how it looks afterwards."""
    settle: str = ""
    """What the resident chose instead of agreeing."""
    result: str = ""
    reason: str = ""

    @property
    def most(self) -> int:
        """Give how much the receipt may come to."""
        return max(self.cap, self.agreed)

    def as_json(self) -> dict[str, Any]:
        """Give it as plain JSON values."""
        return {
            "what": self.what,
            "phone": self.phone,
            "place": self.place,
            "bill": self.bill,
            "account": self.account,
            "wanted": [list(one) for one in self.wanted],
            "cap": self.cap,
            "agreed": self.agreed,
            "asked": self.asked,
            "total": self.total,
            "photos": list(self.photos),
            "settle": self.settle,
            "result": self.result,
            "reason": self.reason,
        }


def task_of(order: Order) -> Task:
    """Read what a task keeps; what was erased is empty."""
    body: Mapping[str, Any] = order.body
    known = {name: body[name] for name in Task.__dataclass_fields__ if name in body}
    known["wanted"] = tuple((name, count) for name, count in known.get("wanted", ()))
    known["photos"] = tuple(known.get("photos", ()))
    return Task(**{"what": "", **known})


def with_task(order: Order, **changes: Any) -> Order:
    """Change what a task keeps."""
    return replace(order, body=replace(task_of(order), **changes).as_json())


def records_of(order: Order, _folder: Folder) -> frozenset[str]:
    """Name what is on record, as the stages know it."""
    task = task_of(order)
    found = {
        RESULT: bool(task.result),
        WITHIN: task.total <= task.most if KINDS[order.kind].costs else True,
        ASKED: task.asked > task.most,
        SETTLED: task.settle in SETTLEMENTS,
    }
    return frozenset(name for name, is_so in found.items() if is_so)


def is_spent(order: Order) -> bool:
    """Tell whether something was bought for it: its resident does not just call it off then."""
    return order.standing.stage in _SPENT or task_of(order).agreed > 0


def settled_total(task: Task) -> int:
    """Give what the resident pays after they did not agree: nothing, or what they had allowed."""
    return task.most if task.settle == PAY_CAP else 0


def reason_of(task: Task) -> Value:
    """Say why it ended; None where it has not."""
    if task.reason in ("revoked", "withdrawn", "erased"):
        return text(f"tasks.why_{task.reason}")
    return task.reason or None


# --- amounts and lists ---------------------------------------------------------------------------

_AMOUNT = re.compile(r"(?:¥|rmb|人民币)?(\d{1,7})(?:\.(\d{1,2}))?(?:元|块|块钱|yuan|¥)?")


def yuan(fen: int) -> str:
    """Write an amount in yuan."""
    return f"{fen / 100:.2f}".removesuffix(".00")


def read_amount(said: str) -> int | None:
    """Read an amount in yuan, such as 58.6元, and give it in fen; None for anything else."""
    plain = normal(said).strip().lower().replace(" ", "").replace("￥", "¥").replace(",", "")
    found = _AMOUNT.fullmatch(plain) if len(plain) <= _LONGEST_AMOUNT else None
    if found is None:
        return None
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


_LONGEST_AMOUNT = 20
#: A list of an errand has at most so many lines, each with so many signs.
MOST_WANTED, _LONGEST_LINE = 30, 60
_PARTS = re.compile(r"[\n,，、;；]+")
#: How much: 2斤, 两袋, 1.5 kg, x3, 一把.
_QUANTITY = re.compile(
    r"(?:[x×*] ?)?(?:\d{1,4}(?:\.\d{1,2})?|[一二两三四五六七八九十半几百]{1,4})"
    r" ?(?:[一-鿿]{1,2}|kg|g|ml|l|pcs|boxes|box|bags?|bottles?|pounds?|dozen|packs?)?"
)


def read_wanted(said: str) -> tuple[tuple[str, str], ...]:
    """Read what is to be bought, each thing with how much of it.

    Raises:
        Refused: one has no quantity, or they are too many for one errand.
    """
    parts = [one.strip() for one in _PARTS.split(said) if one.strip()]
    if len(parts) > MOST_WANTED:
        raise Refused("tasks.too_many_wanted", most=MOST_WANTED)
    return tuple(_wanted(one[:_LONGEST_LINE]) for one in parts)


def _wanted(line: str) -> tuple[str, str]:
    plain = plain_text(line)
    for found in _quantities(plain):
        name = f"{plain[: found.start()]}{plain[found.end() :]}".strip(" :：-")
        if name and (found.end() == len(plain) or found.start() == 0):
            return name, found[0].strip()
    raise Refused("tasks.no_quantity", item=line)


def _quantities(plain: str) -> Iterable[re.Match[str]]:
    """Find how much, at the end first: 鸡蛋2斤; then at the beginning: 两斤鸡蛋."""
    at_end = [one for one in _QUANTITY.finditer(plain) if one.end() == len(plain)]
    first = _FIRST.match(plain)
    return [*at_end, *([first] if first else [])]


_FIRST = re.compile(
    r"(?:\d{1,4}(?:\.\d{1,2})?|[一二两三四五六七八九十半几]{1,3})"
    r" ?(?:[斤两个袋瓶包盒箱桶只条把支件颗块份罐提张双卷]|公斤|千克|kg|g|ml|l|boxes|box|bags?"
    r"|bottles?|packs?)?"
)
