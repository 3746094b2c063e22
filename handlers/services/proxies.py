"""Acting for somebody else: a resident asks for it, and ends it."""

from collections.abc import Sequence
from typing import Any

from domain.errors import NotFound, Stale
from domain.messages import Choice, Message, Side, action, text
from domain.relations import RELATION, Relation, RelationKind, end, holding, kind_name
from domain.relations import ask as ask_for
from domain.services.agency import AGENT, PRINCIPAL, RELATION_ENDED
from domain.services.kinds import is_with_case, kind_of
from domain.services.proxies import ASKED_FOR, relation_card, state_of, to_verify, verifier_of
from handlers.account_guards import ensure_settled
from handlers.features import Entry, Feature, Menu, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Choose, Form, Option, Phone, Words
from handlers.matters.filing_steps import COMMUNITY_STEP, GRID_STEP, known_values
from handlers.services.ending import give_case_back
from handlers.turn import Turn, choice
from storage.chain import get_chains
from storage.drafts import Draft
from storage.relations import find_relation, list_of_person
from storage.services.ending import end_early
from storage.services.order_steps import doing_of, tell_agent
from storage.services.orders import list_of_resident

_LONGEST_NAME = 40


async def show_proxies(turn: Turn) -> None:
    """List for whom one acts, and how each stands."""
    found = [
        one for one in await list_of_person(turn.tx, turn.person.id) if one.other == turn.person.id
    ]
    rows = tuple(
        (
            Choice(
                label=text("relations.row", name=one.name, kind=kind_name(one.kind)),
                action=action("services.proxy", one.id),
                detail=state_of(one, turn.now),
            ),
        )
        for one in found
    )
    key = "relations.list" if found else "relations.none"
    turn.reply(
        Message(
            blocks=(text(key),),
            choices=(
                *rows,
                (choice("relations.add", "services.proxy_add", emphasis=not found),),
                (choice("menu.open", "menu.open"),),
            ),
            slot="proxies",
            anew=True,
        )
    )


async def _own(turn: Turn, relation: str) -> Relation:
    found = await find_relation(turn.tx, relation)
    if found is None or turn.person.id not in (found.person, found.other):
        raise NotFound(number=relation)
    turn.about = found.subject
    return found


async def show_proxy(turn: Turn, relation: str) -> None:
    """Show one, with what may be done by it."""
    found = await _own(turn, relation)
    buttons: list[tuple[Choice, ...]] = []
    if found.holds(turn.now):
        label = choice("agency.menu", "services.agency", emphasis=True)
        buttons.append((label,))
    if not found.is_over(turn.now):
        buttons.append((choice("relations.do_end", action("services.proxy_end", found.id)),))
    buttons.append((choice("relations.back", "services.proxies"), choice("menu.open", "menu.open")))
    turn.reply(Message(blocks=(relation_card(found, turn.now),), choices=tuple(buttons)))


async def begin_proxy(turn: Turn) -> None:
    """Begin to ask that one may act for somebody."""
    ensure_settled(turn)
    await begin(turn, ADD, values=known_values(turn))


def _kinds(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [Option(one.value, text(f"relations.you_{one}")) for one in ASKED_FOR]


async def _submit(turn: Turn, draft: Draft) -> None:
    values = draft.values
    kind = RelationKind(values["kind"])
    if kind not in ASKED_FOR:
        raise Stale
    relation = ask_for(
        ident=turn.new_id(),
        person=turn.new_id(),
        other=turn.person.id,
        kind=kind,
        by=turn.person.id,
        at=turn.now,
        unit=str(values["grid"]),
        name=str(values["name"])[:_LONGEST_NAME],
        phone=str(values["phone"]),
    )
    await save_relation(turn, relation, "asked")
    turn.say("relations.asked", (choice("relations.back", "services.proxies"),))
    verifier = verifier_of(turn.street.organisation, relation, turn.now)
    asker = turn.person.name or turn.person.phone or text("cards.reporter_unnamed")
    turn.tell(verifier, to_verify(relation, turn.now, asker=asker), about=_about(relation))


def _about(relation: Relation) -> frozenset[Any]:
    return frozenset({relation.subject})


async def save_relation(turn: Turn, relation: Relation, happening: str) -> None:
    """Save a relation with what happened to it."""
    role = next(iter(turn.actor.roles))
    chain = (await get_chains(turn.tx, [relation.subject]))[relation.subject]
    chain = chain.record(turn.sign(turn.person.id, role), f"relations.{happening}")
    turn.changes.touch(f"{RELATION} {relation.id}")
    turn.changes.put(f"{RELATION} {relation.id}", relation)
    turn.changes.put(f"chain {chain.file}", chain)


async def ask_end(turn: Turn, relation: str) -> None:
    """Ask once before it ends: what is done by it ends as well."""
    ensure_settled(turn)
    found = await _own(turn, relation)
    turn.say(
        "relations.ask_end",
        (choice("relations.keep", action("services.proxy", found.id), emphasis=True),),
        (choice("relations.do_end_now", action("services.proxy_ended", found.id)),),
        name=found.name,
    )


async def end_proxy(turn: Turn, relation: str) -> None:
    """End it."""
    ensure_settled(turn)
    found = await _own(turn, relation)
    why = "other" if turn.person.id == found.other else "person"
    await end_relation(turn, end(found, by=turn.person.id, at=turn.now, why=why))
    turn.say("relations.ended", (choice("relations.back", "services.proxies"),))


async def end_relation(turn: Turn, ended: Relation) -> None:
    """Save that a relation ended, and end what is done by it."""
    await save_relation(turn, ended, "ended")
    await end_what_rests_on(turn, ended)


async def end_what_rests_on(turn: Turn, relation: Relation) -> None:
    """End the orders that were asked for by a relation; papers are handed back."""
    by = AGENT if turn.is_staff else PRINCIPAL
    for order in await list_of_resident(turn.tx, relation.other):
        is_by_it = order.body.get("relation") == relation.id
        if not is_by_it or not is_with_case(order):
            continue
        act = turn.act(next(iter(turn.actor.roles)))
        doing = await doing_of(turn, order)
        doing = end_early(turn, doing, act, RELATION_ENDED, by=by)
        await give_case_back(turn, doing, act, RELATION_ENDED)
        tell_agent(
            turn, doing, text(f"{kind_of(order).words}.agent_relation_ended", number=order.number)
        )


ADD = Form(
    name="proxy",
    version=1,
    title="relations.title",
    steps=(
        Choose(
            name="kind",
            question="relations.ask_kind",
            label="relations.kind",
            options=_kinds,
        ),
        Words(name="name", question="relations.ask_name", label="relations.person"),
        Phone(name="phone", question="relations.ask_phone", label="relations.phone"),
        COMMUNITY_STEP,
        GRID_STEP,
    ),
    submit=_submit,
    review_notes=lambda _turn, _draft: (text("relations.note"),),
)

FEATURE = Feature(
    name="services",
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(
        Verb("services.proxies", show_proxies, words=("替家人办", "替家人办事", "代家人办")),
        Verb("services.proxy", show_proxy, about="relation", while_closed=True),
        Verb("services.proxy_add", begin_proxy, begins=True),
        Verb("services.proxy_end", ask_end, about="relation", while_closed=True),
        Verb("services.proxy_ended", end_proxy, about="relation", while_closed=True),
    ),
    forms=(ADD,),
    entries=(Entry(Menu.MINE, "relations.menu", "services.proxies"),),
)


async def wards_of(turn: Turn) -> list[Relation]:
    """List those by which one may act for somebody now."""
    found = await list_of_person(turn.tx, turn.person.id)
    return [one for one in holding(found, turn.now) if one.other == turn.person.id]
