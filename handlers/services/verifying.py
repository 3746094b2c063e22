"""Verifying that somebody may act for somebody else: how it was seen, and how they agreed."""

from collections.abc import Mapping, Sequence

from domain.access.actors import Actor
from domain.access.checks import ensure_may, may
from domain.access.services import ServicesRight
from domain.errors import NotFound
from domain.messages import Message, Side, action, text
from domain.obligations import Obligation, Tally
from domain.relations import RELATION, Consenting, Relation, RelationKind, Verified, confirm, end
from domain.services.proxies import Verifiable, state_of, to_verify, verifier_of
from domain.services.rules import AgencyRules
from domain.working_time import deadline
from handlers.features import Feature, Handler, Owes, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Choose, Form, Option
from handlers.services.proxies import end_relation, save_relation
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.relations import find_relation, list_asked
from storage.work import Work


async def _load(turn: Turn, relation: str) -> Relation:
    found = await find_relation(turn.tx, relation)
    if found is None:
        raise NotFound(number=relation)
    ensure_may(turn.actor, ServicesRight.VERIFY, turn.street.organisation, on=Verifiable(found))
    turn.about = found.subject
    return found


async def show_relation(turn: Turn, relation: str) -> None:
    """Show a relation that is to be verified, or was."""
    turn.reply(await _shown(turn, await _load(turn, relation)))


async def _shown(turn: Turn, relation: Relation) -> Message:
    person = await turn.find_person(relation.other)
    name = f"{person.name} {person.phone}".strip() if person is not None else ""
    asker = name or text("cards.reporter_unnamed")
    return to_verify(relation, turn.now, asker=asker)


async def begin_verify(turn: Turn, relation: str) -> None:
    """Begin to record how it was verified, and how the person agreed."""
    found = await _load(turn, relation)
    if found.verified is not None or found.ended_at is not None:
        turn.reply(await _shown(turn, found))
        return
    await begin(turn, VERIFY, context={"number": relation, "kind": found.kind.value})


def _ways(_turn: Turn, draft: Draft) -> Sequence[Option]:
    is_guardian = draft.context.get("kind") == RelationKind.GUARDIAN
    ways = [Verified.PAPERS] if is_guardian else list(Verified)
    return [Option(one.value, text(f"relations.verified_{one}")) for one in ways]


def _consents(_turn: Turn, draft: Draft) -> Sequence[Option]:
    ways = [Consenting.IN_PERSON, Consenting.CALLED]
    if draft.context.get("kind") == RelationKind.GUARDIAN:
        ways.append(Consenting.NOT_NEEDED)
    return [Option(one.value, text(f"relations.consent_{one}")) for one in ways]


async def _submit(turn: Turn, draft: Draft) -> None:
    relation = await _load(turn, str(draft.context["number"]))
    community = turn.street.organisation.community_of(relation.unit)
    rules = turn.street.rules(AgencyRules, community.code if community else "")
    is_guardian = relation.kind is RelationKind.GUARDIAN
    confirmed = confirm(
        relation,
        verified=Verified(draft.values["verified"]),
        consent=Consenting(draft.values["consent"]),
        by=turn.person.id,
        at=turn.now,
        until=None if is_guardian else turn.now + rules.proxy_valid,
    )
    await save_relation(turn, confirmed, "verified")
    turn.reply(await _shown(turn, confirmed))
    _tell(turn, confirmed, "relations.told_verified")


async def refuse(turn: Turn, relation: str) -> None:
    """Refuse it: it is not so, or the person does not agree."""
    found = await _load(turn, relation)
    ended = end(found, by=turn.person.id, at=turn.now, why="refused")
    await save_relation(turn, ended, "refused")
    turn.reply(await _shown(turn, ended))
    _tell(turn, ended, "relations.told_refused")


async def end_it(turn: Turn, relation: str) -> None:
    """End it: the person took it back, or it is not so any more."""
    found = await _load(turn, relation)
    ended = end(found, by=turn.person.id, at=turn.now, why="office")
    await end_relation(turn, ended)
    turn.reply(await _shown(turn, ended))
    _tell(turn, ended, "relations.told_ended")


def _tell(turn: Turn, relation: Relation, key: str) -> None:
    said = text(key, name=relation.name, state=state_of(relation, turn.now))
    show = choice("relations.open", action("services.proxy", relation.id))
    message = Message(blocks=(said,), choices=((show,),))
    turn.tell(relation.other, message, about=frozenset({relation.subject}))


# --- what is owed --------------------------------------------------------------------------------


def _owed(work: Work, relation: Relation) -> Obligation:
    organisation = work.street.organisation
    community = organisation.community_of(relation.unit)
    rules = work.street.rules(AgencyRules, community.code if community else "")
    due = deadline(relation.asked_at, rules.verify, work.street.office.calendar)
    return Obligation(
        subject=relation.subject,
        owner=verifier_of(organisation, relation, work.now),
        unit=relation.unit,
        due_at=due,
        label=text("relations.owed", name=relation.name),
        detail=text("relations.owed_late" if work.now > due else "relations.owed_by", due=due),
        action=action("services.relation", relation.id),
        is_overdue=work.now > due,
    )


async def _owed_by(work: Work, person: str) -> list[Obligation]:
    every = [_owed(work, one) for one in await list_asked(work.tx)]
    return [one for one in every if one.owner == person]


async def _owed_in(work: Work, reader: Actor, grids: Sequence[str]) -> list[Obligation]:
    organisation = work.street.organisation
    return [
        _owed(work, one)
        for one in await list_asked(work.tx)
        if one.unit in grids
        and may(reader, ServicesRight.VERIFY, organisation, on=Verifiable(one)) is not None
    ]


async def _count(work: Work, grids: Sequence[str]) -> Mapping[str, Tally]:
    found = {grid: Tally() for grid in grids}
    for one in await list_asked(work.tx):
        if one.unit in found:
            owed = _owed(work, one)
            found[one.unit] += Tally(
                open=1, overdue=int(owed.is_overdue), unowned=int(owed.owner is None)
            )
    return found


VERIFY = Form(
    name="verify_relation",
    version=1,
    title="relations.verify_title",
    steps=(
        Choose(
            name="verified",
            question="relations.ask_verified",
            label="relations.verified",
            options=_ways,
            width=1,
        ),
        Choose(
            name="consent",
            question="relations.ask_consent",
            label="relations.consent",
            options=_consents,
            width=1,
        ),
    ),
    submit=_submit,
    review_notes=lambda _turn, _draft: (text("relations.verify_note"),),
    about=RELATION,
)


def _verb(name: str, do: Handler) -> Verb:
    return Verb(
        f"services.{name}", do, right=ServicesRight.VERIFY, about="relation", while_closed=True
    )


FEATURE = Feature(
    name="services",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        _verb("relation", show_relation),
        _verb("relation_verify", begin_verify),
        _verb("relation_refuse", refuse),
        _verb("relation_end", end_it),
    ),
    forms=(VERIFY,),
    owes=Owes(of_person=_owed_by, of_units=_owed_in, count=_count),
)
