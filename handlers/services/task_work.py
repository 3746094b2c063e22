"""What is done with a task: the worker begins, notes the receipt and ends it; the resident agrees
to what is above the cap, or says what becomes of it instead.
"""

from domain.access.services import ServicesRight
from domain.chain import Act
from domain.errors import Refused
from domain.messages import Choice, Side, Text, action, text
from domain.services.agency import AGENT, PRINCIPAL
from domain.services.orders import ORDER
from domain.services.tasks import KINDS, SETTLEMENTS, is_spent, settled_total, task_of, yuan
from handlers.account_guards import ensure_settled
from handlers.features import Feature, Handler, Verb
from handlers.forms.answers import files_of
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Words
from handlers.matters.assignments import tell_result
from handlers.matters.questions import pictures_step
from handlers.matters.turns import claim_files
from handlers.services.ending import give_case_back
from handlers.services.orders import load_order, on_order, on_submit, order_of, shown
from handlers.services.tasks import Amount
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter
from storage.matters.referring import concluded
from storage.services.order_steps import (
    Doing,
    advance,
    ensure_can,
    settle,
    tell_agent,
    tell_resident,
)
from storage.services.tasks import end_task, with_more

_REVOKED = "revoked"

# --- the worker ----------------------------------------------------------------------------------


async def _load(turn: Turn, order: str) -> tuple[Doing, Act]:
    doing, grant = await load_order(turn, order, ServicesRight.WORK, KINDS)
    return doing, turn.act(grant.role)


def _answer(turn: Turn, doing: Doing, key: str, *, told: str = "") -> None:
    number = doing.order.number
    turn.reply(shown(turn, doing, text(f"tasks.{key}", number=number)))
    if told:
        tell_resident(turn, doing, text(f"tasks.{told}", number=number))


async def start(turn: Turn, order: str) -> None:
    """Begin to do it."""
    doing, act = await _load(turn, order)
    doing = advance(turn, doing, "begin", act, happening="begun")
    doing = settle(turn, doing, act)
    _answer(turn, doing, "begun", told="told_begun")


async def begin_finish(turn: Turn, order: str) -> None:
    """Begin to say what came of it, and what the receipt says."""
    doing, _ = await _load(turn, order)
    # Whether it is within the cap is seen when the receipt is known.
    ensure_can(turn, doing, "finish", "result", "within")
    costs = KINDS[doing.order.kind].costs
    await begin(turn, RECEIPT if costs else REPAIRED, context={"number": order})


async def _submit_finish(turn: Turn, draft: Draft) -> None:
    doing, act = await _load(turn, order_of(draft))
    task, photos = task_of(doing.order), files_of(draft)
    total, result = int(draft.values.get("total") or 0), str(draft.values["text"])
    if KINDS[doing.order.kind].costs and total > task.most:
        doing = with_more(doing, asked=total, photos=photos)
        doing = advance(turn, doing, "ask", act, happening="asked", said=yuan(total))
        doing = settle(turn, doing, act)
        _claim(turn, doing, photos)
        turn.reply(shown(turn, doing, _of_amount("asked_above", doing, total)))
        tell_resident(turn, doing, _of_amount("told_above", doing, total))
        return
    doing = with_more(doing, total=total, result=result, photos=photos or task.photos)
    doing = advance(turn, doing, "finish", act, happening="finished", said=result)
    await _conclude(turn, doing, act, photos)


def _of_amount(key: str, doing: Doing, total: int) -> Text:
    most = task_of(doing.order).most
    return text(f"tasks.{key}", number=doing.order.number, total=yuan(total), cap=yuan(most))


def _claim(turn: Turn, doing: Doing, photos: tuple[str, ...]) -> None:
    if doing.matter is not None:
        claim_files(turn, doing.matter, photos)


async def _conclude(turn: Turn, doing: Doing, act: Act, photos: tuple[str, ...]) -> None:
    """Resolve the case: its resident says whether it is solved, or the time for that passes."""
    _answer(turn, doing, "finished", told="told_finished")
    if doing.matter is None or not doing.is_referred:
        return
    task = task_of(doing.order)
    resolved = concluded(turn, doing.matter, act, task.result, photos)
    save_matter(turn, resolved)
    claim_files(turn, resolved, photos)
    await tell_result(turn, resolved, task.result, photos)


async def begin_settle(turn: Turn, order: str) -> None:
    """Begin to say that what the resident chose is done."""
    doing, _ = await _load(turn, order)
    ensure_can(turn, doing, "settle", "result", "within")
    await begin(turn, SETTLED, context={"number": order})


async def _submit_settle(turn: Turn, draft: Draft) -> None:
    doing, act = await _load(turn, order_of(draft))
    result, photos = str(draft.values["text"]), files_of(draft)
    doing = with_more(doing, total=settled_total(task_of(doing.order)), result=result)
    doing = advance(turn, doing, "settle", act, happening="settled", said=result)
    await _conclude(turn, doing, act, photos)


async def begin_terminate(turn: Turn, order: str) -> None:
    """Begin to end it without a result, with a reason."""
    doing, _ = await _load(turn, order)
    _ensure_unspent(doing)
    ensure_can(turn, doing, "terminate")
    await begin(turn, TERMINATE, context={"number": order})


async def _submit_terminate(turn: Turn, draft: Draft) -> None:
    doing, act = await _load(turn, order_of(draft))
    _ensure_unspent(doing)
    reason = str(draft.values["text"])
    doing = end_task(turn, doing, act, reason, by=AGENT)
    await give_case_back(turn, doing, act, reason)
    _answer(turn, doing, "terminated", told="told_terminated")


def _ensure_unspent(doing: Doing) -> None:
    """Let nothing end while it is open what becomes of what was bought."""
    if is_spent(doing.order):
        raise Refused("tasks.settle_first", number=doing.order.number)


# --- the resident --------------------------------------------------------------------------------


async def _load_own(turn: Turn, order: str) -> tuple[Doing, Act]:
    ensure_settled(turn)
    doing, grant = await load_order(turn, order, ServicesRight.FOLLOW, KINDS)
    return doing, turn.act(grant.role)


def _reply(turn: Turn, doing: Doing, key: str, *, told: str) -> None:
    number = doing.order.number
    turn.reply(shown(turn, doing, text(f"tasks.{key}", number=number)))
    tell_agent(turn, doing, text(f"tasks.{told}", number=number))


async def agree(turn: Turn, order: str) -> None:
    """Agree to a receipt above the cap."""
    doing, act = await _load_own(turn, order)
    asked = task_of(doing.order).asked
    ensure_can(turn, doing, "agree", by=PRINCIPAL)
    doing = with_more(doing, agreed=asked, asked=0)
    doing = advance(turn, doing, "agree", act, by=PRINCIPAL, happening="agreed", said=yuan(asked))
    doing = settle(turn, doing, act)
    _reply(turn, doing, "you_agreed", told="agent_agreed")


async def refuse(turn: Turn, order: str, how: str = "") -> None:
    """Do not agree, and say what becomes of it: the goods go back, or the cap is paid."""
    doing, act = await _load_own(turn, order)
    ensure_can(turn, doing, "refuse", "settled", by=PRINCIPAL)
    if how not in SETTLEMENTS:
        task = task_of(doing.order)
        rows = [
            (
                Choice(
                    label=text(f"tasks.settle_{one}_{doing.order.kind}", cap=yuan(task.most)),
                    action=action("services.task_refuse", order, one),
                ),
            )
            for one in SETTLEMENTS
        ]
        back = choice("tasks.back", action("services.order", order))
        turn.say("tasks.ask_settle", *rows, (back,), number=doing.order.number)
        return
    doing = with_more(doing, settle=how)
    doing = advance(turn, doing, "refuse", act, by=PRINCIPAL, happening="refused", said=how)
    doing = settle(turn, doing, act)
    _reply(turn, doing, "you_refused", told="agent_refused")


async def revoke(turn: Turn, order: str, sure: str = "") -> None:
    """Call it off, after asking once."""
    doing, act = await _load_own(turn, order)
    _ensure_unspent(doing)
    ensure_can(turn, doing, "revoke", by=PRINCIPAL)
    if sure != "yes":
        turn.say(
            "tasks.ask_revoke",
            (choice("tasks.keep", action("services.order", order), emphasis=True),),
            (choice("tasks.do_revoke_now", action("services.task_revoke", order, "yes")),),
            number=doing.order.number,
        )
        return
    doing = end_task(turn, doing, act, _REVOKED, by=PRINCIPAL)
    await give_case_back(turn, doing, act, _REVOKED)
    _reply(turn, doing, "you_revoked", told="agent_revoked")


# --- forms and doors -----------------------------------------------------------------------------

_RESULT = Words(name="text", question="tasks.ask_result", label="tasks.result")
RECEIPT = Form(
    name="task_receipt",
    version=1,
    title="tasks.receipt_title",
    steps=(
        Amount(name="total", question="tasks.ask_total", label="tasks.total"),
        _RESULT,
        pictures_step("tasks.ask_receipt"),
    ),
    submit=on_submit(_submit_finish),
    about=ORDER,
)
REPAIRED = Form(
    name="task_repaired",
    version=1,
    title="tasks.repaired_title",
    steps=(_RESULT, pictures_step("tasks.ask_after")),
    submit=on_submit(_submit_finish),
    about=ORDER,
)
SETTLED = Form(
    name="task_settled",
    version=1,
    title="tasks.settled_title",
    steps=(_RESULT, pictures_step("tasks.ask_receipt")),
    submit=on_submit(_submit_settle),
    about=ORDER,
)
TERMINATE = Form(
    name="task_terminate",
    version=1,
    title="tasks.terminate_title",
    steps=(Words(name="text", question="tasks.ask_terminate", label="filing.text"),),
    submit=on_submit(_submit_terminate),
    review=False,
    about=ORDER,
)


def _work(name: str, do: Handler) -> Verb:
    return Verb(
        f"services.task_{name}",
        on_order(do),
        right=ServicesRight.WORK,
        about="order",
        while_closed=True,
    )


def _own(name: str, do: Handler) -> Verb:
    return Verb(f"services.task_{name}", on_order(do), about="order", while_closed=True)


STAFF = Feature(
    name="services",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        _work("begin", start),
        _work("finish", begin_finish),
        _work("settle", begin_settle),
        _work("terminate", begin_terminate),
    ),
    forms=(RECEIPT, REPAIRED, SETTLED, TERMINATE),
)
RESIDENTS = Feature(
    name="services",
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(_own("agree", agree), _own("refuse", refuse), _own("revoke", revoke)),
)
