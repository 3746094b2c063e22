"""What an agent does with a full agency: authority, acceptance, one notice, steps, suspension."""

from collections.abc import Sequence
from dataclasses import replace

from domain.access.services import ServicesRight
from domain.chain import Act
from domain.documents import Acknowledging, Handing, Paper, Signing, acknowledge, sign
from domain.errors import Refused, Stale
from domain.messages import Side, Text, action, rows, text
from domain.relations import Consenting
from domain.services import agency_papers
from domain.services.agency import (
    PRINCIPAL,
    RESULT,
    Fee,
    Item,
    details_of,
    new_items,
    with_step,
)
from domain.services.agency_cards import item_name
from domain.services.orders import ORDER
from domain.services.paper_lists import read_items
from handlers.features import Feature, Handler, Verb
from handlers.forms.forms import begin
from handlers.forms.questions import Number
from handlers.forms.steps import Choose, Form, Option, Words
from handlers.late_steps import Submit
from handlers.services.orders import (
    load_order,
    on_order,
    on_submit,
    order_of,
    order_papers,
    show_order,
    shown,
)
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.services.agency import changed, items_paper, resumption
from storage.services.order_steps import (
    Doing,
    advance,
    ensure_can,
    settle,
    tell_resident,
    voided,
    with_acknowledgements,
    with_signature,
)

_WORK = ServicesRight.WORK
_NONE, _BY_LAW = "none", "law"


async def load(turn: Turn, order: str) -> Doing:
    """Load an order that one does."""
    doing, _ = await load_order(turn, order, _WORK)
    return doing


async def act_on(turn: Turn, order: str) -> tuple[Doing, Act]:
    """Load an order that one does, and sign what is done with it."""
    doing, grant = await load_order(turn, order, _WORK)
    return doing, turn.act(grant.role)


def answer(turn: Turn, doing: Doing, key: str, *, told: str = "") -> None:
    """Show the order as it is now to the agent; tell the resident as well."""
    number = doing.order.number
    turn.reply(shown(turn, doing, text(key, number=number)))
    if told:
        tell_resident(turn, doing, text(told, number=number))


# --- authority -----------------------------------------------------------------------------------


async def ask_signed(turn: Turn, order: str) -> None:
    """Ask once whether the person signed before one's eyes."""
    doing = await load(turn, order)
    agree = choice("agency.do_signed", action("services.signed", order), emphasis=True)
    word = choice("agency.papers_word", action("services.papers", order, "docx"))
    turn.say(
        "agency.ask_signed",
        (agree,),
        (word, choice("agency.back", action("services.order", order))),
        principal=details_of(doing.order).principal,
    )


async def signed(turn: Turn, order: str) -> None:
    """Record that the person signed the authority by hand before the agent."""
    await _authorised(turn, order, Signing.IN_PERSON)


async def begin_e_sign(turn: Turn, order: str) -> None:
    """Begin to record a reliable e-signature."""
    await load(turn, order)
    await begin(turn, E_SIGN, context={"number": order})


async def _submit_e_sign(turn: Turn, draft: Draft) -> None:
    proof = str(draft.values["text"])
    await _authorised(turn, order_of(draft), Signing.RELIABLE_E_SIGNATURE, proof)


async def _authorised(turn: Turn, order: str, how: Signing, proof: str = "") -> None:
    doing, act = await act_on(turn, order)
    document = doing.folder.current("authority")
    if document is None or doing.order.standing.stage != "authority":
        raise Stale
    signature = sign(
        document,
        ident=turn.new_id(),
        party=PRINCIPAL,
        who=doing.order.resident or None,
        how=how,
        proof=proof,
        at=act.at,
        recorded_by=act.by,
    )
    doing = with_signature(turn, doing, signature)
    doing = advance(turn, doing, "authorise", act, happening="authorised", said=how.value)
    settle(turn, doing, act)
    answer(turn, doing, "agency.authorised", told="agency.told_authorised")


# --- acceptance and what is missing --------------------------------------------------------------


async def begin_accept(turn: Turn, order: str) -> None:
    """Begin to accept: which papers were handed over, and whether a law sets a fee.

    Without an authority it is refused here, before anybody writes anything.
    """
    doing = await load(turn, order)
    ensure_can(turn, doing, "accept", "acceptance", "items")
    values = {"fee": _NONE}
    await begin(turn, ACCEPT, values=values, context={"number": order})


def _fees(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(_NONE, text("agency.fee_none"), ("无", "没有", "不收费", "none")),
        Option(_BY_LAW, text("agency.fee_statutory"), ("有", "收费")),
    ]


def _has_fee(_turn: Turn, draft: Draft) -> bool:
    return draft.values.get("fee") == _BY_LAW


def _item_notes(_turn: Turn, draft: Draft) -> Sequence[Text]:
    found = read_items(str(draft.values.get("text") or ""))
    if not found:
        return (text("agency.no_papers_note"),)
    return (text("agency.items_note", items=tuple(item_name(one) for one in found)),)


async def _submit_accept(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    values = draft.values
    fee = Fee()
    if values.get("fee") == _BY_LAW:
        fee = Fee(cents=int(values.get("amount") or 0) * 100, law=str(values.get("law") or ""))
        if not fee.cents:
            raise Refused("agency.fee_without_amount")
    found = new_items((), read_items(str(values.get("text") or "")))
    doing = changed(doing, items=found, fee=fee)

    def acceptance(now: Doing) -> Paper:
        return agency_papers.acceptance(
            now.order,
            now.agent,
            at=act.at,
            due=now.order.standing.due_at,
            zone=turn.street.office.timezone,
        )

    papers = {"acceptance": acceptance, "items": items_paper}
    doing = advance(turn, doing, "accept", act, happening="accepted", papers=papers)
    doing = received(turn, doing, found, act)
    settle(turn, doing, act)
    answer(turn, doing, "agency.accepted", told="agency.told_accepted")


def received(turn: Turn, doing: Doing, items: Sequence[Item], act: Act) -> Doing:
    """Record that papers are with the office now, and write their list anew."""
    document = doing.folder.current("items")
    if document is None or not items:
        return doing
    found = acknowledge(
        doing.folder,
        document,
        [one.key for one in items],
        Handing.RECEIVED,
        new_id=turn.new_id,
        how=Acknowledging.IN_PERSON,
        who=None,
        at=act.at,
        recorded_by=act.by,
    )
    return with_acknowledgements(turn, doing, *found)


async def begin_missing(turn: Turn, order: str) -> None:
    """Begin the one notice of what is missing."""
    doing = await load(turn, order)
    ensure_can(turn, doing, "tell_missing", "notice")
    await begin(turn, MISSING, context={"number": order})


async def _submit_missing(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    missing = str(draft.values["text"])
    doing = changed(doing, missing=missing)

    def notice(now: Doing) -> Paper:
        zone = turn.street.office.timezone
        due = now.order.standing.due_at
        return agency_papers.notice(now.order, now.agent, due=due, zone=zone)

    doing = advance(
        turn,
        doing,
        "tell_missing",
        act,
        happening="missing_told",
        papers={"notice": notice},
        said=missing,
    )
    settle(turn, doing, act)
    answer(turn, doing, "agency.missing_told", told="agency.told_missing")


async def supplied(turn: Turn, order: str) -> None:
    """Record that what was missing was brought."""
    doing, act = await act_on(turn, order)
    doing = advance(turn, doing, "supplied", act, happening="supplied")
    settle(turn, doing, act)
    answer(turn, doing, "agency.supplied", told="agency.told_supplied")


# --- handling ------------------------------------------------------------------------------------


async def begin_progress(turn: Turn, order: str) -> None:
    """Begin to note what was done."""
    doing = await load(turn, order)
    ensure_can(turn, doing, "progress")
    await begin(turn, PROGRESS, context={"number": order})


async def _submit_progress(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    words = str(draft.values["text"])
    doing = replace(doing, order=with_step(doing.order, act.at, words))
    doing = advance(turn, doing, "progress", act, happening="progressed", said=words)
    answer(turn, doing, "agency.progressed", told="agency.told_progress")


async def begin_finish(turn: Turn, order: str) -> None:
    """Begin to say what came of it, and which papers came out."""
    doing = await load(turn, order)
    ensure_can(turn, doing, "finish", RESULT)
    await begin(turn, FINISH, context={"number": order})


async def _submit_finish(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    result = str(draft.values["text"])
    came = tuple(
        replace(one, is_result=True) for one in read_items(str(draft.values.get("papers") or ""))
    )
    known = details_of(doing.order).items
    every = new_items(known, came)
    doing = changed(doing, result=result, items=every)
    doing = replace(doing, order=with_step(doing.order, act.at, result))
    doing = advance(turn, doing, "finish", act, happening="finished", said=result)
    doing = received(turn, doing, every[len(known) :], act)
    settle(turn, doing, act)
    answer(turn, doing, "agency.finished", told="agency.told_finished")


async def begin_suspend(turn: Turn, order: str) -> None:
    """Begin to suspend it, with a reason."""
    doing = await load(turn, order)
    ensure_can(turn, doing, "suspend", "suspension")
    await begin(turn, SUSPEND, context={"number": order})


async def _submit_suspend(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    reason = str(draft.values["text"])
    doing = changed(doing, reason=reason)

    def suspension(now: Doing) -> Paper:
        zone = turn.street.office.timezone
        due = now.order.standing.due_at
        return agency_papers.suspension(now.order, now.agent, at=act.at, due=due, zone=zone)

    doing = voided(turn, doing, "resumption")
    doing = advance(
        turn,
        doing,
        "suspend",
        act,
        happening="suspended",
        papers={"suspension": suspension},
        reason=reason,
    )
    settle(turn, doing, act)
    answer(turn, doing, "agency.suspended", told="agency.told_suspended")


async def resume(turn: Turn, order: str, how: str = "") -> None:
    """Let it go on with the person's consent; ask first how that was given."""
    doing, act = await act_on(turn, order)
    ways = (Consenting.IN_PERSON, Consenting.CALLED)
    if how not in ways:
        ensure_can(turn, doing, "resume", "resumption")
        buttons = [
            choice(f"agency.consented_{one}", action("services.resume", order, one)) for one in ways
        ]
        back = choice("agency.back", action("services.order", order))
        turn.say("agency.ask_resume", *rows(buttons, 1), (back,))
        return
    papers = resumption(turn, act.at, Consenting(how))
    doing = advance(turn, doing, "resume", act, happening="resumed", papers=papers, said=how)
    settle(turn, doing, act)
    answer(turn, doing, "agency.resumed", told="agency.told_resumed")


# --- forms and doors -----------------------------------------------------------------------------


def one_question(name: str, submit: Submit) -> Form:
    """Declare a form of one question about an order."""
    return Form(
        name=f"agency_{name}",
        version=1,
        title=f"agency.{name}_title",
        steps=(Words(name="text", question=f"agency.ask_{name}", label="filing.text"),),
        submit=on_submit(submit),
        review=False,
        about=ORDER,
    )


E_SIGN = one_question("e_sign", _submit_e_sign)
MISSING = one_question("missing", _submit_missing)
PROGRESS = one_question("progress", _submit_progress)
SUSPEND = one_question("suspend", _submit_suspend)
ACCEPT = Form(
    name="agency_accept",
    version=1,
    title="agency.accept_title",
    steps=(
        Words(name="text", question="agency.ask_items", label="agency.items", optional=True),
        Choose(
            name="fee",
            question="agency.ask_fee",
            label="agency.fee",
            options=_fees,
            asked=False,
            clears=("amount", "law"),
        ),
        Number(
            name="amount",
            question="agency.ask_amount",
            label="agency.amount",
            least=1,
            most=100_000,
            when=_has_fee,
        ),
        Words(
            name="law",
            question="agency.ask_law",
            label="agency.law",
            min_letters=4,
            when=_has_fee,
        ),
    ),
    submit=on_submit(_submit_accept),
    review_notes=_item_notes,
    about=ORDER,
)
FINISH = Form(
    name="agency_finish",
    version=1,
    title="agency.finish_title",
    steps=(
        Words(name="text", question="agency.ask_finish", label="agency.result"),
        Words(
            name="papers",
            question="agency.ask_came",
            label="agency.came",
            optional=True,
        ),
    ),
    submit=on_submit(_submit_finish),
    about=ORDER,
)


def verb(name: str, do: Handler) -> Verb:
    """Declare what an agent's button does; what is under way goes on where services are closed."""
    return Verb(
        f"services.{name}",
        on_order(do),
        right=ServicesRight.WORK,
        about="order",
        while_closed=True,
    )


FEATURE = Feature(
    name="services",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb(
            "services.order",
            show_order,
            right=ServicesRight.SEE,
            about="order",
            while_closed=True,
        ),
        Verb(
            "services.papers",
            order_papers,
            right=ServicesRight.SEE,
            about="order",
            while_closed=True,
        ),
        verb("sign", ask_signed),
        verb("signed", signed),
        verb("e_sign", begin_e_sign),
        verb("accept", begin_accept),
        verb("missing", begin_missing),
        verb("supplied", supplied),
        verb("progress", begin_progress),
        verb("finish", begin_finish),
        verb("suspend", begin_suspend),
        verb("resume", resume),
    ),
    forms=(E_SIGN, ACCEPT, MISSING, PROGRESS, FINISH, SUSPEND),
)
