"""Whose an entry is, and who of the family hears that a visit took place.

A worker offers a code for the person or, where the person agrees, for a relative; whoever types it
is linked. A relative hears that somebody came: no category, no finding.
"""

from domain.access.visits import VisitRight
from domain.errors import NotFound, Stale
from domain.messages import Card, Line, Message, Side, action, text
from domain.organisation import Role
from domain.visits.cards import back_choice, wish_words
from domain.visits.copies import entry_lines
from domain.visits.entries import Entry, EntryState, ensure_active, priority
from domain.visits.family import Kinship, Link, kinship_name, offered, taken, undone
from domain.visits.visits import VisitState
from handlers.account_guards import ensure_tries_left
from handlers.accounts import LINK_DIGITS, read_code
from handlers.features import Feature, Typed, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form
from handlers.turn import Turn, choice
from handlers.visits.forms import OneOf, keeps_words
from handlers.visits.guards import ensure_opens, led_away, load_entry
from handlers.visits.register import ways_to_visit
from handlers.visits.wishes import keep_wish, wish_context, wish_of, wish_spans
from storage.drafts import Draft
from storage.plans import find_plan
from storage.visits.casework import note_look, record, show_entry
from storage.visits.entries import find_coded, find_entry, find_link, links_of, list_links
from storage.visits.visits import list_needs, list_visits

# --- staff ---------------------------------------------------------------------------------------


async def show_family(turn: Turn, which: str) -> None:
    """Show who is linked to an entry, and offer a code to one more."""
    entry, _ = await load_entry(turn, which, VisitRight.OPEN)
    if await led_away(turn, "visits.show", which):
        return
    await ensure_opens(turn, entry)
    note_look(turn, entry, turn.actor, VisitRight.OPEN, "check")
    links = [one for one in await list_links(turn.tx, which) if one.stands]
    lines = tuple(
        Line(kinship_name(one.kinship), text("visits.linked_since", at=one.linked_at))
        for one in links
    )
    blocks = (
        (Card(title=text("visits.family_card", sign=entry.sign), lines=lines),) if lines else ()
    )
    ends = [
        (choice("visits.unlink", action("visits.unlink", one.id), kin=kinship_name(one.kinship)),)
        for one in links
    ]
    offers = (
        choice("visits.offer_self", action("visits.offer", which, Kinship.SELF)),
        choice("visits.offer_relative", action("visits.offer", which, Kinship.RELATIVE)),
    )
    turn.reply(
        Message(
            blocks=(*blocks, text("visits.family_note")),
            choices=(offers, *ends, (show_entry(entry), back_choice())),
        )
    )


async def offer(turn: Turn, which: str, kinship: str, agreed: str = "") -> None:
    """Give a code to be typed; for a relative only when the person on the register agrees."""
    if kinship not in set(Kinship):
        raise Stale
    entry, grant = await load_entry(turn, which, VisitRight.OPEN)
    ensure_active(entry)
    if await led_away(turn, "visits.show", which):
        return
    await ensure_opens(turn, entry)
    if kinship == Kinship.RELATIVE and agreed != "yes":
        yes = choice("visits.relative_agreed", action("visits.offer", which, kinship, "yes"))
        turn.say("visits.ask_relative", (yes,), (show_entry(entry), back_choice()))
        return
    code = turn.new_code(LINK_DIGITS)
    link = offered(
        turn.new_id(),
        entry.id,
        Kinship(kinship),
        turn.hash_code(code),
        by=turn.person.id,
        at=turn.now,
    )
    turn.changes.save(link)
    act = turn.act(grant.role)
    await record(turn, act, entry.subject, "visits.link_offered", kinship=kinship)
    said = text(f"visits.code_{kinship}", code=f"{code[:4]} {code[4:]}", until=link.expires_at)
    turn.reply(Message(blocks=(said,), choices=((back_choice(),),), secret=True, once=True))


async def unlink(turn: Turn, which: str) -> None:
    """End a link, as the person on the register wishes."""
    link, entry = await _link_of_staff(turn, which)
    turn.changes.save(undone(link, turn.now))
    turn.say("visits.unlinked", (show_entry(entry), back_choice()))


async def _link_of_staff(turn: Turn, which: str) -> tuple[Link, Entry]:
    link = await find_link(turn.tx, which)
    if link is None:
        raise NotFound(number=which[:6].upper())
    entry, _ = await load_entry(turn, link.entry, VisitRight.OPEN)
    return link, entry


STAFF = Feature(
    name="visits",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb(
            "visits.family", show_family, right=VisitRight.OPEN, about="priority", while_closed=True
        ),
        Verb("visits.offer", offer, right=VisitRight.OPEN, about="priority"),
        Verb("visits.unlink", unlink, right=VisitRight.OPEN, about="link", while_closed=True),
    ),
)


# --- residents -----------------------------------------------------------------------------------


async def take_code(turn: Turn) -> bool:
    """Take a code that a worker gave; another one is somebody else's to take."""
    if turn.incoming.files or not turn.incoming.text:
        return False
    code = read_code(turn.incoming.text)
    if code is None or len(code) != LINK_DIGITS:
        return False
    link = await find_coded(turn.tx, code)
    if link is None:
        return False
    await ensure_tries_left(turn)
    after = taken(link, turn.person.id, turn.now)
    turn.changes.save(after)
    await record(
        turn,
        turn.act(Role.RESIDENT),
        priority(link.entry),
        "visits.linked",
        kinship=link.kinship.value,
    )
    turn.say(f"visits.linked_{link.kinship}", (choice("visits.my_visits", "visits.mine"),))
    return True


async def show_mine(turn: Turn) -> None:
    """Show a resident what is planned for them, and whose relative they are."""
    links = await links_of(turn.tx, turn.person.id)
    if not links:
        turn.say("visits.not_linked", (choice("menu.open", "menu.open"),))
        return
    if await led_away(turn, "visits.mine"):
        return
    for link in links:
        entry = await find_entry(turn.tx, link.entry)
        if entry is None or entry.content is None:
            continue
        if link.kinship is Kinship.SELF:
            turn.reply(await _own(turn, entry, link))
        else:
            turn.reply(await _relatives(turn, entry, link))


async def _own(turn: Turn, entry: Entry, link: Link) -> Message:
    plan = await find_plan(turn.tx, entry.subject)
    said = entry.said
    due = plan.next_due_at if plan is not None and plan.is_owed else None
    lines = [
        Line(
            text("visits.who_comes"), turn.street.staff_name(entry.owner) or text("visits.nobody")
        ),
        Line(text("visits.next_due"), due or text("visits.none_planned")),
        Line(text("visits.wish"), wish_words(turn.street, said.wish)),
    ]
    buttons = [choice("visits.my_copy", action("visits.my_copy", link.id))]
    if entry.state is EntryState.ACTIVE:
        buttons.append(choice("visits.my_wish", action("visits.my_wish", link.id)))
    card = Card(
        title=text("visits.my_card"), lines=tuple(one for one in lines if one.value is not None)
    )
    return Message(
        blocks=(card,),
        choices=(tuple(buttons), (choice("menu.open", "menu.open"),)),
        secret=True,
    )


async def _relatives(turn: Turn, entry: Entry, link: Link) -> Message:
    """Tell a relative when somebody came last, and nothing else."""
    visits = await list_visits(turn.tx, entry.id, 20)
    last = next((one.at for one in visits if one.state is VisitState.DONE), None)
    said = text("visits.last_visit_was", at=last) if last else text("visits.no_visit_yet")
    stop = choice("visits.stop", action("visits.stop", link.id))
    return Message(blocks=(said,), choices=((stop,), (choice("menu.open", "menu.open"),)))


async def _mine(turn: Turn, which: str, kinship: Kinship | None = None) -> tuple[Link, Entry]:
    """Find a link of the one who is talking.

    Raises:
        NotFound: there is none.
    """
    links = await links_of(turn.tx, turn.person.id)
    link = next((one for one in links if one.id == which), None)
    entry = await find_entry(turn.tx, link.entry) if link is not None else None
    if link is None or entry is None or (kinship is not None and link.kinship is not kinship):
        raise NotFound(number=which[:6].upper())
    turn.tx.opened.add(entry.subject)
    return link, entry


async def show_my_copy(turn: Turn, which: str) -> None:
    """Show somebody everything that is kept of them here (PIPL, article 45)."""
    _, entry = await _mine(turn, which, Kinship.SELF)
    if await led_away(turn, "visits.mine"):
        return
    visits = await list_visits(turn.tx, entry.id, 100)
    needs = await list_needs(turn.tx, entry.id)
    card = Card(title=text("visits.copy_title"), lines=tuple(entry_lines((entry, visits, needs))))
    turn.reply(
        Message(
            blocks=(card, text("visits.copy_note")),
            choices=((choice("menu.open", "menu.open"),),),
            secret=True,
        )
    )


async def begin_my_wish(turn: Turn, which: str) -> None:
    """Ask somebody how they want to be visited."""
    _, entry = await _mine(turn, which, Kinship.SELF)
    ensure_active(entry)
    await begin(turn, MY_WISH, context={**wish_context(turn, entry), "link": which})


async def _submit_my_wish(turn: Turn, draft: Draft) -> None:
    _, entry = await _mine(turn, str(draft.context["link"]), Kinship.SELF)
    wish = wish_of(turn, draft, entry.said.wish)
    await keep_wish(turn, entry, wish)
    happened = "visits.refused" if wish.refuses else "visits.wished"
    await record(turn, turn.act(Role.RESIDENT), entry.subject, happened)
    if entry.owner:
        said = text("visits.wish_changed", sign=entry.sign)
        turn.tell(entry.owner, Message(blocks=(said,), choices=((show_entry(entry),),)))
    key = "visits.wish_kept_no" if wish.refuses else "visits.wish_kept"
    turn.say(key, (choice("visits.my_visits", "visits.mine"),), until=entry.valid_until)


async def stop(turn: Turn, which: str) -> None:
    """Let a relative hear no more, at once."""
    link, _ = await _mine(turn, which)
    turn.changes.save(undone(link, turn.now))
    turn.say("visits.stopped", (choice("menu.open", "menu.open"),))


MY_WISH = Form(
    name="mywish",
    version=1,
    title="visits.my_wish",
    steps=(
        OneOf(
            name="every",
            question="visits.ask_my_every",
            label="visits.every",
            options=wish_spans,
        ),
        OneOf(
            name="how",
            question="visits.ask_my_how",
            label="visits.how",
            options=ways_to_visit,
            when=lambda _turn, draft: draft.values.get("every") != "no",
        ),
    ),
    submit=keeps_words(_submit_my_wish),
    about="priority",
    sensitive="visits.mine",
)

RESIDENTS = Feature(
    name="visits",
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(
        Verb(
            "visits.mine",
            show_mine,
            command="visits",
            words=("走访", "我的走访", "走访关爱"),
            while_closed=True,
        ),
        Verb("visits.my_copy", show_my_copy, about="link", while_closed=True),
        Verb("visits.my_wish", begin_my_wish, about="link", begins=True, while_closed=True),
        Verb("visits.stop", stop, about="link", while_closed=True),
    ),
    forms=(MY_WISH,),
    typed=(Typed(take_code),),
)
