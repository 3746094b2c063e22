"""Somebody who answers on the page of the browser tests: enough of a conversation to look at.

The words are borrowed from the page's own, since the conversation's belong to others; what the
page does with them is what is tested.
"""

from bot.channels.web.ports import WebAccount
from domain.messages import Awaiting, Card, Choice, Incoming, Line, Message, Tone, say, text
from domain.people import Language
from tests.web_street import WebStreet

MENU = say(
    "web.welcome_text",
    (
        Choice(label=text("web.tool_photo"), action="ask:photos"),
        Choice(label=text("web.tool_place"), action="ask:place"),
    ),
    (
        Choice(label=text("web.tool_voice"), action="ask:voice"),
        Choice(label=text("web.contact_hint"), action="ask:contact"),
    ),
    (Choice(label=text("web.more_language"), action="language"),),
)

EMERGENCY = Message(
    blocks=(text("web.tone_urgent"),),
    choices=(
        (
            Choice(label=text("web.more_phone"), phone="119"),
            Choice(label=text("web.more_phone"), phone="120"),
        ),
        (Choice(label=text("web.link_open"), link="https://maps.example/x"),),
    ),
)


def card(
    tone: Tone = Tone.PLAIN, *, note: str = "3号楼路灯坏了，晚上很黑", slot: str = ""
) -> Message:
    """Show a case."""
    return Message(
        blocks=(
            Card(
                title=text("web.clock_now", year=2026, month=11, day=24, weekday="", clock=""),
                tone=tone,
                lines=(
                    Line(text("web.tool_place"), "洛浦社区第二网格，3号楼2单元门前"),
                    Line(text("web.say_label"), note),
                    Line(text("web.contact_hint"), "138 0000 0000"),
                ),
            ),
        ),
        choices=(
            (Choice(label=text("web.invite_accept"), action="accept", emphasis=True),),
            (
                Choice(label=text("web.edit_again"), action="edit"),
                Choice(label=text("web.cancel"), action="cancel"),
            ),
        ),
        slot=slot or None,
    )


async def answer(street: WebStreet, account: WebAccount, incoming: Incoming) -> None:
    """Answer as an office would."""
    verb, _, rest = (incoming.action or "").partition(":")
    if incoming.start is not None or incoming.command == "menu":
        await street.tell(account.id, MENU)
    elif verb == "ask":
        awaiting = Awaiting(rest)
        await street.tell(account.id, Message(blocks=(text("web.place_why"),), awaiting=awaiting))
    elif verb == "menu.elder":
        street.change(account.id, elder=rest == "on")
        await street.tell(account.id, MENU)
    elif verb == "language" or incoming.command == "language":
        other = Language.CHINESE if account.language is Language.ENGLISH else Language.ENGLISH
        street.change(account.id, language=other)
        await street.tell(account.id, MENU)
    elif incoming.text == "fire":
        await street.tell(account.id, EMERGENCY)
    elif incoming.text is not None or incoming.files or incoming.place:
        await street.tell(account.id, card(slot="review", note=incoming.text or "…"))
    elif verb == "accept":
        await street.tell(account.id, card(Tone.DONE))
