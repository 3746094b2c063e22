"""What a worker does with a home visit: agree a window, come, finish, suspend, ask how it went."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from domain.access.services import ServicesRight
from domain.chain import Act
from domain.errors import Refused, Stale
from domain.laws import TOLD_ONCE
from domain.messages import Side, Text, rows, text
from domain.organisation import Responsible
from domain.relations import Consenting
from domain.services.agency import AGENT
from domain.services.agents import candidates
from domain.services.door import renewed
from domain.services.home import HOME, agreed, home_of, windows, with_home
from domain.services.orders import ORDER
from handlers.features import Feature, Handler, Verb
from handlers.forms.forms import begin
from handlers.forms.questions import Date, today
from handlers.forms.steps import Choose, Form, Option, Words
from handlers.late_steps import Submit
from handlers.matters.assignments import tell_result
from handlers.services.door import hall_of, new_codes
from handlers.services.ending import give_case_back
from handlers.services.home import worker_options
from handlers.services.orders import load_order, on_order, on_submit, order_of, shown
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter
from storage.matters.referring import concluded
from storage.people import list_accounts
from storage.services.home import (
    acceptance,
    closing,
    end_home,
    given_to,
    resumption,
    suspension,
    unbooked,
)
from storage.services.order_steps import (
    Doing,
    advance,
    ensure_can,
    settle,
    tell_agent,
    tell_resident,
)

_WORK = ServicesRight.WORK
#: Farther ahead nobody plans a visit.
_AHEAD = timedelta(days=60)
_OFFERED_DAYS = 4


async def load(turn: Turn, order: str) -> Doing:
    """Load a home visit that one does."""
    doing, _ = await load_order(turn, order, _WORK, {HOME})
    return doing


async def act_on(turn: Turn, order: str) -> tuple[Doing, Act]:
    """Load a home visit that one does, and sign what is done with it."""
    doing, grant = await load_order(turn, order, _WORK, {HOME})
    return doing, turn.act(grant.role)


async def _answer(turn: Turn, doing: Doing, key: str, *, told: str = "") -> None:
    """Show it as it is now to the worker, and tell the resident; say where nobody can be told."""
    number = doing.order.number
    said = [text(key, number=number)]
    if told and not await list_accounts(turn.tx, [doing.order.resident]):
        said.append(text("home.no_account", phone=home_of(doing.order).phone))
    turn.reply(shown(turn, doing, *said))
    if told:
        tell_resident(turn, doing, text(told, number=number))


# --- a window ------------------------------------------------------------------------------------


async def begin_accept(turn: Turn, order: str) -> None:
    """Begin to accept: who comes, on which day, in which window, and what has to be ready."""
    await _begin_window(turn, order, "accept")


async def begin_rebook(turn: Turn, order: str) -> None:
    """Begin to move the window."""
    await _begin_window(turn, order, "rebook")


async def _begin_window(turn: Turn, order: str, name: str) -> None:
    doing = await load(turn, order)
    ensure_can(turn, doing, name, "acceptance")
    has_notice = doing.folder.current("notice") is not None
    await begin(
        turn,
        ACCEPT,
        values={"worker": doing.order.owner},
        context={"number": order, "move": name, "told": has_notice},
    )


def _days(turn: Turn, _draft: Draft) -> Sequence[Option]:
    """Offer today, as long as a window is left, and the next working days."""
    calendar, day = turn.street.office.calendar, today(turn)
    found: list[date] = []
    for more in range(_AHEAD.days):
        one = day + timedelta(days=more)
        if calendar.is_workday(one) and _left(turn, one):
            found.append(one)
        if len(found) == _OFFERED_DAYS:
            break
    return [Option(one.isoformat(), text("home.day", day=one)) for one in found]


def _left(turn: Turn, day: date) -> list[tuple[time, time]]:
    zone = turn.street.office.timezone
    return [
        one
        for one in windows(turn.street.office.calendar)
        if datetime.combine(day, one[1], zone) > turn.now
    ]


def _windows(turn: Turn, draft: Draft) -> Sequence[Option]:
    given = draft.values.get("day")
    if not given:
        return ()
    return [
        Option(
            f"{begins:%H%M}", text("home.hours", starts=f"{begins:%H:%M}", until=f"{ends:%H:%M}")
        )
        for begins, ends in _left(turn, date.fromisoformat(given))
    ]


async def _workers(turn: Turn, draft: Draft) -> Sequence[Option]:
    order = (await load(turn, order_of(draft))).order
    return worker_options(turn, order.community, order.grid, order.barred)


def _was_not_told(_turn: Turn, draft: Draft) -> bool:
    return not draft.context.get("told")


def _wish_note(_turn: Turn, _draft: Draft) -> Sequence[Text]:
    return (text("home.accept_note"),)


async def _submit_accept(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    values, move = draft.values, str(draft.context["move"])
    zone = turn.street.office.timezone
    window = next(
        (
            one
            for one in windows(turn.street.office.calendar)
            if f"{one[0]:%H%M}" == values["window"]
        ),
        None,
    )
    desk = _desk(turn, doing, str(values["worker"]))
    if window is None or desk is None:
        raise Stale
    when = agreed(date.fromisoformat(values["day"]), window, zone, turn.now)
    bring = str(values.get("bring") or "")
    if bring and doing.folder.current("notice") is not None:
        raise Refused("home.told_once", rule=TOLD_ONCE)
    order = with_home(doing.order, **when, bring=bring or home_of(doing.order).bring)
    doing = replace(doing, order=renewed(order, *new_codes(turn)))
    doing = await given_to(turn, doing, desk)
    doing = advance(
        turn,
        doing,
        move,
        act,
        happening="accepted" if move == "accept" else "rebooked",
        papers=acceptance(turn, act.at, with_notice=bool(bring)),
        said=when["starts_at"],
    )
    doing = settle(turn, doing, act)
    key = "accepted" if move == "accept" else "rebooked"
    await _answer(turn, doing, f"home.{key}", told=f"home.told_{key}")
    if doing.order.owner != turn.person.id:
        tell_agent(turn, doing, text("home.agent_named", number=doing.order.number))


def _desk(turn: Turn, doing: Doing, person: str) -> Responsible | None:
    order = doing.order
    if person == order.owner:
        return Responsible(order.seat, order.owner)
    offered = candidates(
        turn.street.organisation, order.community, order.grid, turn.now, order.barred
    )
    found = next((one for one in offered if one.person == person), None)
    return Responsible(found.seat, found.person) if found is not None else None


# --- the way there, and the end ------------------------------------------------------------------


async def set_off(turn: Turn, order: str) -> None:
    """Be on the way: the resident hears who comes, and how to make sure of it."""
    doing, act = await act_on(turn, order)
    doing = advance(turn, doing, "set_off", act, happening="set_off")
    settle(turn, doing, act)
    await _answer(turn, doing, "home.set_off", told="home.told_set_off")


async def arrive(turn: Turn, order: str) -> None:
    """Stand at the door."""
    doing, act = await act_on(turn, order)
    doing = advance(turn, doing, "arrive", act, happening="arrived")
    settle(turn, doing, act)
    await _answer(turn, doing, "home.arrived", told="home.told_arrived")


def _ensure_cleared(doing: Doing) -> None:
    """Refuse to finish what somebody warned of, before new codes cleared that up.

    Raises:
        Refused: a code was judged wrong.
    """
    if home_of(doing.order).is_warned:
        raise Refused("home.not_cleared", hall=hall_of(doing))


async def begin_finish(turn: Turn, order: str) -> None:
    """Begin to say what came of it."""
    doing = await load(turn, order)
    ensure_can(turn, doing, "finish", "closing")
    _ensure_cleared(doing)
    await begin(turn, FINISH, context={"number": order})


async def _submit_finish(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    ensure_can(turn, doing, "finish", "closing")
    _ensure_cleared(doing)
    result = str(draft.values["text"])
    order = with_home(doing.order, result=result, says_worker="", says_resident="")
    doing = advance(
        turn,
        replace(doing, order=order),
        "finish",
        act,
        happening="finished",
        papers=closing(turn, act.at),
        said=result,
    )
    await _answer(turn, doing, "home.finished")
    if doing.matter is None or not doing.is_referred:
        return
    resolved = concluded(turn, doing.matter, act, result)
    save_matter(turn, resolved)
    await tell_result(turn, resolved, result)


async def begin_suspend(turn: Turn, order: str) -> None:
    """Begin to suspend it, with a reason."""
    ensure_can(turn, await load(turn, order), "suspend", "suspension")
    await begin(turn, SUSPEND, context={"number": order})


async def _submit_suspend(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    ensure_can(turn, doing, "suspend", "suspension")
    reason = str(draft.values["text"])
    doing = unbooked(turn, replace(doing, order=with_home(doing.order, reason=reason)))
    doing = advance(
        turn,
        doing,
        "suspend",
        act,
        happening="suspended",
        papers=suspension(turn, act.at),
        reason=reason,
    )
    settle(turn, doing, act)
    await _answer(turn, doing, "home.suspended", told="home.told_suspended")


async def resume(turn: Turn, order: str, how: str = "") -> None:
    """Let it go on with the person's consent; ask first how that was given."""
    doing, act = await act_on(turn, order)
    ways = (Consenting.IN_PERSON, Consenting.CALLED)
    if how not in ways:
        ensure_can(turn, doing, "resume", "resumption")
        buttons = [
            choice(f"home.consented_{one}", f"services.home_resume:{order}:{one}") for one in ways
        ]
        back = choice("home.back", f"services.order:{order}")
        turn.say("home.ask_resume", *rows(buttons, 1), (back,))
        return
    papers = resumption(turn, act.at, Consenting(how))
    doing = advance(turn, doing, "resume", act, happening="resumed", papers=papers, said=how)
    settle(turn, doing, act)
    await _answer(turn, doing, "home.resumed", told="home.told_resumed")


async def begin_terminate(turn: Turn, order: str) -> None:
    """Begin to end it without a result, with a reason."""
    ensure_can(turn, await load(turn, order), "terminate", "termination")
    await begin(turn, TERMINATE, context={"number": order})


async def _submit_terminate(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    reason = str(draft.values["text"])
    doing = end_home(turn, doing, act, reason, by=AGENT)
    await give_case_back(turn, doing, act, reason)
    await _answer(turn, doing, "home.terminated", told="home.told_terminated")


async def begin_revisit(turn: Turn, order: str) -> None:
    """Begin to note what the person said some days later."""
    ensure_can(turn, await load(turn, order), "revisit")
    await begin(turn, REVISIT, context={"number": order})


async def _submit_revisit(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    words = str(draft.values["text"])
    doing = replace(doing, order=with_home(doing.order, revisit=words))
    doing = advance(turn, doing, "revisit", act, happening="revisited", said=words)
    await _answer(turn, doing, "home.revisited")


# --- forms and doors -----------------------------------------------------------------------------


def one_question(name: str, submit: Submit) -> Form:
    """Declare a form of one question about a home visit."""
    return Form(
        name=f"home_{name}",
        version=1,
        title=f"home.{name}_title",
        steps=(Words(name="text", question=f"home.ask_{name}", label="filing.text"),),
        submit=on_submit(submit),
        review=False,
        about=ORDER,
    )


ACCEPT = Form(
    name="home_accept",
    version=1,
    title="home.accept_title",
    steps=(
        Date(
            name="day",
            question="home.ask_day",
            label="home.on_day",
            latest=_AHEAD,
            offers=_days,
            clears=("window",),
        ),
        Choose(
            name="window",
            question="home.ask_window",
            label="home.window",
            options=_windows,
        ),
        Choose(
            name="worker",
            question="home.ask_worker",
            label="home.worker",
            options=_workers,
            asked=False,
            width=1,
        ),
        Words(
            name="bring",
            question="home.ask_bring",
            label="home.bring",
            optional=True,
            when=_was_not_told,
        ),
    ),
    submit=on_submit(_submit_accept),
    review_notes=_wish_note,
    about=ORDER,
)
FINISH = one_question("finish", _submit_finish)
SUSPEND = one_question("suspend", _submit_suspend)
TERMINATE = one_question("terminate", _submit_terminate)
REVISIT = one_question("revisit", _submit_revisit)


def _verb(name: str, do: Handler) -> Verb:
    return Verb(
        f"services.home_{name}", on_order(do), right=_WORK, about="order", while_closed=True
    )


FEATURE = Feature(
    name="services",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        _verb("accept", begin_accept),
        _verb("rebook", begin_rebook),
        _verb("off", set_off),
        _verb("arrive", arrive),
        _verb("finish", begin_finish),
        _verb("suspend", begin_suspend),
        _verb("resume", resume),
        _verb("terminate", begin_terminate),
        _verb("revisit", begin_revisit),
    ),
    forms=(ACCEPT, FINISH, SUSPEND, TERMINATE, REVISIT),
)
