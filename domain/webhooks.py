"""Ways out beyond the open page: who is told over which webhook, and how much of what was said.

A webhook is an address that the operator wrote into the configuration: an office's own system, the
robot of a work group, a gateway for text messages. What goes there is a number, a word and a link;
more only where the configuration says so, and never of what is sealed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.messages import Choice, Message, Text, text
from domain.names import unit_name
from domain.organisation import Organisation, Post, Role
from domain.subjects import MATTER, Subject

#: Where staff and residents go on reading.
_PAGE = {True: "/staff", False: "/"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """One configured way out, as far as it matters who is told what."""

    name: str
    roles: frozenset[Role] = frozenset()
    """The posts whose news goes there; empty for every post."""
    units: frozenset[str] = frozenset()
    """The units, with all below them, whose posts are meant; empty for every unit."""
    urgent_only: bool = False
    in_full: bool = False
    """The words of what was said go along, except of what is sealed."""
    texts: bool = False
    """Sends text messages: to residents who agreed to that in chat, and to no post. Never about
    what is sealed."""

    @property
    def bot(self) -> str:
        """The name under which its messages wait in the outbox."""
        return f"hook.{self.name}"

    def is_for(self, posts: Sequence[Post], organisation: Organisation) -> bool:
        """Tell whether what the holder of some posts is told goes there as well."""
        return any(
            (not self.roles or post.role in self.roles)
            and (not self.units or any(organisation.covers(one, post.unit) for one in self.units))
            for post in posts
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookCall:
    """What is to be told over a webhook besides the chat."""

    webhook: Webhook
    message: Message


def webhook_calls(
    webhooks: Sequence[Webhook],
    posts: Sequence[Post],
    organisation: Organisation,
    said: Message,
    *,
    subject: Subject | None,
    urgent: bool,
    sealed: bool,
) -> tuple[WebhookCall, ...]:
    """Give the calls that go with a message to somebody.

    Args:
        posts: those that the reader holds; none for a resident.
        sealed: it is about something of which only few may read.
    """
    found = []
    for one in webhooks:
        if one.urgent_only and not urgent:
            continue
        if one.texts and (sealed or posts):
            # Staff have other ways. A telephone lies about, and others may read what comes there.
            continue
        if not (one.texts or one.is_for(posts, organisation)):
            continue
        # What a page shows once, or on no lock screen, goes nowhere else either.
        open_to_all = not (sealed or said.secret or said.once or said.takes_back or said.farewell)
        more = said.blocks if one.in_full and not one.texts and open_to_all else ()
        headline = _headline(organisation, subject, urgent=urgent, staff=bool(posts))
        link = Choice(label=text("webhooks.open"), link=_PAGE[bool(posts)])
        found.append(
            WebhookCall(webhook=one, message=Message(blocks=(headline, *more), choices=((link,),)))
        )
    return tuple(found)


def _headline(
    organisation: Organisation, subject: Subject | None, *, urgent: bool, staff: bool
) -> Text:
    number = subject.id if subject is not None and subject.kind == MATTER else ""
    kind = "urgent" if urgent else "news"
    reader = "staff" if staff else "resident"
    about = "case" if number else "any"
    return text(
        f"webhooks.{kind}_{reader}_{about}",
        number=number,
        kind=text(f"webhooks.kind_{kind}"),
        office=unit_name(organisation.street),
    )
