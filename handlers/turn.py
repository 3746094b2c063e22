"""One update's turn: what it needs was loaded, what it changes is collected, nothing is sent.

A handler understands, decides with ``domain/``, and puts changes, replies and notices into its
turn. Whoever called it writes them in one transaction with those of the other turns of the batch.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

from domain.access.actors import Actor, actor_of
from domain.chain import Act
from domain.errors import Refused, UserError
from domain.human_route import with_human_route
from domain.messages import (
    Channel,
    Choice,
    FileRef,
    Incoming,
    Lane,
    Message,
    Side,
    Text,
    Value,
    text,
)
from domain.organisation import Role
from domain.people import Account, Person
from domain.rules import DraftRules
from domain.street import Street
from domain.subjects import Subject
from domain.words.pay_secrets import mask
from handlers.features import Features
from storage.attachments import Attachment, FetchState, get_attachments
from storage.drafts import Draft, DraftGone
from storage.outbox import Notice, bot_name
from storage.sending import Told
from storage.work import Work

Kept = TypeVar("Kept")
#: How many unfinished forms of one person wait; the oldest goes for one more.
MOST_WAITING = 4
_MOMENT = timedelta(microseconds=1)


@dataclass(kw_only=True)
class Turn(Work):
    """Everything one update needs and everything it changes."""

    incoming: Incoming
    person: Person
    account: Account
    draft: Draft | None
    """The form that is being filled."""
    waiting: tuple[Draft, ...]
    """Forms that something came between, the newest first."""
    every_feature: Features
    """What can be done at all, by every feature of the program."""
    remembered: dict[type, Any] = field(default_factory=dict)
    """What features keep of the one who is talking, and need at every turn; see `recall`."""
    replied: bool = False
    about: Subject | None = None
    """What is dealt with, such as a case: what is answered here is erased together with it."""
    replied_to: Told | None = None
    """What the message was about under which this was written."""
    carries: dict[str, Any] = field(default_factory=dict)
    """What goes along with words that were held back into the form that they begin."""
    then: str = ""
    """Words of the same message about something else, which are taken up next."""
    goes_on: bool = False
    """What was held back may now go where it was going; `incoming` is that again."""

    _closed: tuple[Street, tuple[str, str | None], frozenset[str]] | None = None

    # --- who ---------------------------------------------------------------------------------

    @property
    def is_staff(self) -> bool:
        """Tell whether this is the staff's side."""
        return self.incoming.side is Side.STAFF

    @property
    def is_among_us(self) -> bool:
        """Tell whether what is said here stays in the office: no other company carries it."""
        return self.incoming.channel is Channel.WEB

    @property
    def hears_by_page(self) -> bool:
        """Tell whether news reach this account only while its page is open."""
        return self.incoming.channel is Channel.WEB

    @property
    def actor(self) -> Actor:
        """The person with the rights of this moment."""
        return actor_of(self.person.id, self.street.organisation, self.now, staff=self.is_staff)

    @property
    def closed(self) -> frozenset[str]:
        """The features that are closed in every community of the one who is talking."""
        if not self.street.switches.ever_off:
            return frozenset()
        whose = (self.person.id, self.person.grid)
        if self._closed is None or self._closed[0] is not self.street or self._closed[1] != whose:
            own = [post.unit for post in self.actor.posts] if self.is_staff else [self.person.grid]
            self._closed = (self.street, whose, self.street.closed_in(own))
        return self._closed[2]

    @property
    def features(self) -> Features:
        """What can be done where the one who is talking lives or works."""
        return self.every_feature.without(self.closed)

    def ensure_open(self, feature: str) -> None:
        """Refuse what is closed here.

        Raises:
            Refused: it says so, and that what is under way goes on.
        """
        if feature in self.closed:
            raise Refused("switches.closed", feature=text(f"switches.feature_{feature}"))

    async def find_person(self, person: str) -> Person | None:
        """Load a person; the one who is talking is known, with what this turn changes."""
        return self.person if person == self.person.id else await super().find_person(person)

    def recall(self, sort: type[Kept]) -> Kept | None:
        """Give what is kept of a sort of the one who is talking."""
        return self.remembered.get(sort)

    def remember(self, kept: object) -> None:
        """Let later questions of this turn see what is kept from now on."""
        self.remembered[type(kept)] = kept

    def update_person(self, **changes: Any) -> None:
        """Change the person who is talking."""
        self.person = replace(self.person, **changes)
        self.changes.put("person", self.person)

    # --- answering ---------------------------------------------------------------------------

    def reply(self, *messages: Message) -> None:
        """Answer on the account that the update came from."""
        for message in messages:
            self.replied = True
            self.changes.save(
                Notice(
                    person=self.person.id,
                    message=self._with_human_route(message),
                    lane=Lane.REPLY,
                    at=self.now,
                    not_before=self.now,
                    account=self.account,
                    subject=self.about,
                )
            )

    def _with_human_route(self, message: Message) -> Message:
        """Put the office's own line on every screen of those who see few big buttons."""
        return with_human_route(message, self.street.office.phone) if self.person.elder else message

    def say(self, key: str, *choices: tuple[Choice, ...], **fields: Value) -> None:
        """Answer with one wording and rows of buttons."""
        self.reply(Message(blocks=(text(key, **fields),), choices=choices))

    # --- acting ------------------------------------------------------------------------------

    def act(self, role: Role) -> Act:
        """Sign what is done now."""
        return self.sign(self.person.id, role)

    # --- drafts and files --------------------------------------------------------------------

    def keep_draft(self, draft: Draft) -> None:
        """Save the form that is being filled; it lives on from this moment.

        Of staff, another one that they had begun waits behind it: a card that comes in between
        costs nobody their words. Residents are asked before another one begins, except where they
        reply to what was said of something else.
        """
        if self.draft is not None and self.draft.id != draft.id:
            self._put_by(self.draft)
        self.waiting = tuple(one for one in self.waiting if one.id != draft.id)
        # What was changed last is being filled: two changes of one moment keep their order.
        later = max((one.changed_at for one in self.waiting), default=self.now) + _MOMENT
        self.draft = replace(
            draft,
            changed_at=max(self.now, later) if self.waiting else self.now,
            expires_at=self.now + self.street.rules(DraftRules).life,
        )
        self.changes.put(f"draft {draft.id}", self.draft)

    def _put_by(self, draft: Draft) -> None:
        waits = bool(draft.values) and (self.is_staff or self.replied_to is not None)
        waiting = (draft, *self.waiting) if waits else self.waiting
        kept = waiting[:MOST_WAITING]
        for one in {one.id for one in (draft, *waiting)} - {one.id for one in kept}:
            self.changes.put(f"draft {one}", DraftGone(self.person.id, one))
        self.waiting = kept

    def drop_draft(self, draft: Draft | None = None) -> None:
        """Forget a form; the one that is being filled where none is named."""
        gone = draft or self.draft
        if gone is None:
            return
        self.changes.put(f"draft {gone.id}", DraftGone(self.person.id, gone.id))
        if self.draft is not None and self.draft.id == gone.id:
            self.draft = None

    async def attach(self, ref: FileRef) -> str | None:
        """Take in a file and give its attachment id; None if the file is not this person's."""
        if self.incoming.channel is Channel.WEB:
            uploaded = (await get_attachments(self.tx, [ref.ref])).get(ref.ref)
            owned = uploaded is not None and uploaded.person == self.person.id
            return ref.ref if owned else None
        attachment = Attachment(
            id=self.new_id(),
            person=self.person.id,
            bot=bot_name(self.incoming.channel, self.incoming.side),
            ref=ref.ref,
            kind=ref.kind,
            state=FetchState.WANTED,
            not_before=self.now,
            created_at=self.now,
        )
        self.changes.save(attachment)
        return attachment.id

    # --- chance ------------------------------------------------------------------------------

    @staticmethod
    def short_id() -> str:
        """Make an id for a draft: it tells buttons apart, and protects nothing."""
        return secrets.token_hex(3)

    def hash_code(self, code: str) -> str:
        """Hash a code as it is kept: what stands in the tables opens nothing without the key."""
        return self.tx.keyring.hash_code(code)

    @staticmethod
    def new_code(digits: int = 8) -> str:
        """Make a code for a person to type; guarded by a limit of attempts.

        None looks like the number of a bank card, which nobody may type here.
        """
        while mask(code := "".join(secrets.choice("0123456789") for _ in range(digits))).found:
            pass
        return code


def choice(key: str, action: str, *, emphasis: bool = False, **fields: Value) -> Choice:
    """Make a button that does something."""
    return Choice(label=text(key, **fields), action=action, emphasis=emphasis)


def explained(turn: Turn, error: UserError, **worded: Value) -> tuple[Text, ...]:
    """Say what is wrong in words, and below it the rule on which that rests.

    Args:
        worded: fields of the wording that the error does not carry, or not in words.
    """
    said = text(error.key, **{**error.fields, **worded})
    if error.rule is None:
        return (said,)
    return said, text("laws.cited", rule=turn.street.cited(error.rule, turn.now))
