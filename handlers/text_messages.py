"""短信提醒: text messages to the number that a resident left, after a yes, and ended with a press.

Offered only where the office has a gateway for them (`docs/webhooks.md`). Each message holds a
number and a link. Source of the consent: Personal Information Protection Law (PIPL), articles 14
and 15.
"""

from dataclasses import replace

from domain.messages import Side
from domain.people import Consent, Purpose
from handlers.features import Entry, Feature, Menu, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Phone
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.outbox import TakenOff
from storage.people import list_consents

_SHOWN_DIGITS = 4


def gateways(turn: Turn) -> tuple[str, ...]:
    """Name the queues of the office's gateways for text messages; none where it has none."""
    return tuple(one.bot for one in turn.street.office.webhooks if one.texts)


def has_gateway(turn: Turn) -> bool:
    """Tell whether the office can send text messages at all."""
    return bool(gateways(turn))


async def _agreed(turn: Turn) -> Consent | None:
    for consent in await list_consents(turn.tx, turn.person.id):
        if consent.purpose is Purpose.TEXTS and consent.withdrawn_at is None:
            return consent
    return None


async def stop_texts(turn: Turn) -> None:
    """Take the consent back, if there is one; what waits to be sent goes nowhere."""
    consent = await _agreed(turn)
    if consent is not None:
        turn.changes.save(replace(consent, withdrawn_at=turn.now))
    turn.changes.save(TakenOff(turn.person.id, gateways(turn)))


async def show(turn: Turn) -> None:
    """Say whether text messages come, to which number, and offer the other."""
    back = choice("me.back", "residents.me")
    if not has_gateway(turn):
        turn.say("text_messages.none", (back,))
        return
    phone = turn.person.phone
    if phone and await _agreed(turn) is not None:
        turn.say(
            "text_messages.on",
            (choice("text_messages.stop", "text_messages.stop", emphasis=True),),
            (choice("me.change_phone", "text_messages.phone"), back),
            tail=phone[-_SHOWN_DIGITS:],
        )
    elif phone:
        _ask(turn)
    else:
        turn.say(
            "text_messages.no_phone",
            (choice("text_messages.leave", "text_messages.phone", emphasis=True),),
            (back,),
        )


def _ask(turn: Turn, key: str = "text_messages.ask") -> None:
    """Ask for the consent, apart from everything else; neither answer is nudged."""
    turn.say(
        key,
        (
            choice("text_messages.yes", "text_messages.agree"),
            choice("text_messages.no", "text_messages.stop"),
        ),
        tail=turn.person.phone[-_SHOWN_DIGITS:],
    )


async def agree(turn: Turn) -> None:
    """Note the consent; without a number, ask for it first."""
    if not has_gateway(turn) or not turn.person.phone:
        await show(turn)
        return
    turn.changes.save(
        Consent(
            person=turn.person.id,
            purpose=Purpose.TEXTS,
            notice=turn.street.office.notice_version,
            given_at=turn.now,
        )
    )
    turn.say(
        "text_messages.agreed",
        (choice("text_messages.stop", "text_messages.stop"), choice("menu.open", "menu.open")),
        tail=turn.person.phone[-_SHOWN_DIGITS:],
    )


async def stop(turn: Turn) -> None:
    """End them; pressing it again changes nothing."""
    await stop_texts(turn)
    turn.say("text_messages.stopped", (choice("menu.open", "menu.open"),))


async def begin_phone(turn: Turn) -> None:
    """Ask for a telephone number at which the office can reach me."""
    await begin(turn, PHONE)


async def _submit(turn: Turn, draft: Draft) -> None:
    """Keep the number; whether text messages go there is a question of its own."""
    agreed = await _agreed(turn)
    turn.update_person(phone=draft.values["phone"])
    if has_gateway(turn) and agreed is None:
        _ask(turn, "text_messages.saved_ask")
    else:
        turn.say("text_messages.saved", (choice("menu.open", "menu.open"),))


PHONE = Form(
    name="reach_phone",
    version=1,
    title="me.phone",
    steps=(Phone(name="phone", question="text_messages.ask_phone", label="me.phone"),),
    submit=_submit,
    review=False,
)

FEATURE = Feature(
    name="text_messages",
    side=Side.RESIDENTS,
    verbs=(
        Verb("text_messages.show", show, words=("短信提醒", "text messages")),
        Verb("text_messages.agree", agree),
        Verb("text_messages.stop", stop, minimal=True, words=("退订短信", "不要短信")),
        Verb("text_messages.phone", begin_phone, begins=True),
    ),
    forms=(PHONE,),
    entries=(Entry(Menu.MINE, "text_messages.menu", "text_messages.show", shown=has_gateway),),
)
