"""How paying on behalf, repairs and errands begin: a resident asks for one (S-11 to S-13)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from domain.access.checks import ensure_may
from domain.access.services import ServicesRight
from domain.categories import Kind
from domain.errors import Refused
from domain.matters import referral
from domain.matters.matter import Origin
from domain.messages import Awaiting, Side, Text, Value, text
from domain.organisation import Role
from domain.services.rules import TaskRules
from domain.services.tasks import (
    BILLS,
    ERRAND,
    KINDS,
    PAY,
    REPAIR,
    Task,
    read_amount,
    read_wanted,
    yuan,
)
from domain.words.pay_secrets import LONGEST_ACCOUNT
from domain.words.plaintext import normal
from handlers.features import Entry, Feature, Handler, Menu, Verb
from handlers.forms.answers import NotMineError, with_value
from handlers.forms.forms import begin
from handlers.forms.steps import Choose, Form, Option, Phone, Step, Words
from handlers.matters.filing import dispatch, ensure_no_conduct, filing_of, responsible_for
from handlers.matters.filing_steps import (
    COMMUNITY_STEP,
    FILES_STEP,
    GRID_STEP,
    PLACE_STEP,
    guess_for,
    known_values,
)
from handlers.services.orders import shown
from handlers.turn import Turn
from storage.drafts import Draft
from storage.services.tasks import open_task

#: The name by which the street opens and closes services for a community.
FEATURE = "services"
#: No account has fewer digits.
_SHORTEST_ACCOUNT = 4
#: So much in fen is too little to be a cap.
_LEAST = 100


@dataclass(frozen=True, kw_only=True)
class Account(Step):
    """The number of an account with whoever supplies water, power or a telephone; of no bank."""

    awaiting: Awaiting | None = Awaiting.TEXT
    takes_account: ClassVar[bool] = True
    takes_any_words: ClassVar[bool] = True

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Read digits in any spelling.

        Raises:
            Refused: it is no number of an account.
        """
        given = turn.incoming.text
        if not given:
            raise NotMineError
        digits = "".join(sign for sign in normal(given) if sign.isdecimal() and sign.isascii())
        others = [sign for sign in normal(given) if not sign.isdecimal() and sign not in " -"]
        if others or not _SHORTEST_ACCOUNT <= len(digits) <= LONGEST_ACCOUNT:
            raise Refused("tasks.account_unclear", least=_SHORTEST_ACCOUNT, most=LONGEST_ACCOUNT)
        return with_value(draft, self.name, digits)


@dataclass(frozen=True, kw_only=True)
class Amount(Step):
    """An amount in yuan, kept in fen."""

    awaiting: Awaiting | None = Awaiting.TEXT
    takes_any_words: ClassVar[bool] = True
    capped: bool = False
    """It is a cap: the office's rule says how high it may be."""

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Read an amount.

        Raises:
            Refused: it is none, or too high for a cap.
        """
        given = turn.incoming.text
        if not given:
            raise NotMineError
        amount = read_amount(given)
        if amount is None:
            raise Refused("tasks.amount_unclear")
        if self.capped:
            most = turn.street.rules(TaskRules).most_yuan
            if not _LEAST <= amount <= most * 100:
                raise Refused("tasks.cap_out_of_range", most=most)
        return with_value(draft, self.name, amount)

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Show it in yuan."""
        amount = draft.values.get(self.name)
        return text("tasks.amount", yuan=yuan(amount)) if amount is not None else None


@dataclass(frozen=True, kw_only=True)
class Wanted(Words):
    """What is to be bought, each thing with how much of it."""

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Refuse a list without quantities; it is asked anew, and the words stay to be copied."""
        taken = await super().take(turn, draft)
        read_wanted(str(taken.values[self.name]))
        return taken


def _bills(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [Option(one, text(f"tasks.bill_{one}")) for one in BILLS]


_CAP = Amount(name="cap", question="tasks.ask_cap", label="tasks.cap", capped=True)
_PHONE = Phone(name="phone", question="tasks.ask_phone", label="filing.phone", optional=True)
_WHERE: tuple[Step, ...] = (COMMUNITY_STEP, GRID_STEP)


def _notes(*keys: str) -> Any:
    def notes(_turn: Turn, _draft: Draft) -> Sequence[Text]:
        return tuple(text(f"tasks.{key}") for key in keys)

    return notes


def _form(kind: str, *steps: Step) -> Form:
    async def submit(turn: Turn, draft: Draft) -> None:
        await _submit(turn, draft, kind)

    return Form(
        name=f"task_{kind}",
        version=1,
        title=f"tasks.form_{kind}",
        steps=(*steps, *_WHERE, _PHONE),
        submit=submit,
        review_notes=_notes("note_free" if kind == REPAIR else "note_money"),
        guess=guess_for(Kind.SERVICE),
    )


FORMS = {
    PAY: _form(
        PAY,
        Choose(name="bill", question="tasks.ask_bill", label="tasks.bill", options=_bills),
        Words(name="text", question="tasks.ask_what_pay", label="tasks.what"),
        Account(name="account", question="tasks.ask_account", label="tasks.account"),
        _CAP,
    ),
    REPAIR: _form(
        REPAIR,
        Words(name="text", question="tasks.ask_what_repair", label="tasks.what"),
        replace(PLACE_STEP, optional=False),
        replace(FILES_STEP, question="tasks.ask_before", label="tasks.before"),
    ),
    ERRAND: _form(
        ERRAND,
        Wanted(name="text", question="tasks.ask_what_errand", label="tasks.list"),
        _CAP,
        replace(PLACE_STEP, optional=False),
    ),
}


async def _submit(turn: Turn, draft: Draft, kind: str) -> None:
    """File the case and hand it to the order in the same moment; whoever has it does it."""
    ensure_may(turn.actor, ServicesRight.ORDER, turn.street.organisation)
    words = str(draft.values["text"])
    ensure_no_conduct(turn, words)
    task = Task(
        what=words,
        phone=str(draft.values.get("phone") or ""),
        place=str((draft.values.get("place") or {}).get("text") or ""),
        bill=str(draft.values.get("bill") or ""),
        account=str(draft.values.get("account") or ""),
        wanted=read_wanted(words) if kind == ERRAND else (),
        cap=int(draft.values.get("cap") or 0),
    )
    filing = filing_of(
        turn,
        Kind.SERVICE,
        replace(draft, values={**draft.values, "category": _category(turn, kind)}),
        origin=Origin(turn.incoming.channel.value),
        reporter=turn.person.id,
    )
    if not turn.street.is_on(FEATURE, filing.grid):
        raise Refused("switches.closed", feature=text(f"switches.feature_{FEATURE}"))
    owed = await responsible_for(turn, filing)
    matter = dispatch(turn, filing, owed, Role.RESIDENT)
    if not turn.street.organisation.is_grid_in_use(turn.person.grid):
        turn.update_person(grid=filing.grid)
    referral.ensure_calm(matter)
    doing = await open_task(turn, matter, turn.act(Role.RESIDENT), kind, task)
    turn.reply(shown(turn, doing, text(f"tasks.receipt_{kind}", number=matter.number)))


def _category(turn: Turn, kind: str) -> str:
    categories = turn.street.office.categories
    for code in KINDS[kind].categories:
        if categories.offered(code) is not None:
            return code
    return categories.other(Kind.SERVICE).code


def _begins(kind: str) -> Handler:
    async def begins(turn: Turn) -> None:
        values = {**known_values(turn), "phone": turn.person.phone or None}
        await begin(turn, FORMS[kind], values=values)

    return begins


RESIDENTS = Feature(
    name=FEATURE,
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(
        Verb(
            "services.pay",
            _begins(PAY),
            begins=True,
            command="pay",
            words=("代缴", "代缴费", "代缴水电费", "手机充值", "代充话费", "pay a bill for me"),
        ),
        Verb(
            "services.repair",
            _begins(REPAIR),
            begins=True,
            command="repair",
            words=("免费维修", "上门维修", "维修", "repair"),
        ),
        Verb(
            "services.errand",
            _begins(ERRAND),
            begins=True,
            command="errand",
            words=("代购", "代买", "帮我买", "跑腿", "errand"),
        ),
    ),
    forms=tuple(FORMS.values()),
    entries=tuple(Entry(Menu.SERVICES, f"tasks.menu_{kind}", f"services.{kind}") for kind in FORMS),
)
