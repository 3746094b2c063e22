"""What handlers and jobs share: one piece of work in a transaction, and what it changes.

A `Work` reads through its transaction and collects `Changes`; it never writes and never sends.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.access.actors import Actor, actor_of
from domain.categories import EMERGENCY
from domain.chain import Act
from domain.messages import Lane, Message
from domain.organisation import Role
from domain.people import Person
from domain.street import Street
from domain.subjects import Subject
from domain.webhooks import WebhookCall, webhook_calls
from domain.words.conduct import named_in
from domain.words.phrases import Begun
from domain.words.plaintext import plain_text
from domain.words.understanding import Understanding, understand
from storage.changes import Beside, Changes
from storage.database import Tx
from storage.hand_over import HandsOver
from storage.outbox import Notice
from storage.people import find_person
from storage.procedures import Procedure

#: Who acts when the clock does; no person has this id.
CLOCK = "clock"


class Numbers:
    """Case numbers of blocks that storage reserved before the batch began: rising, gaps allowed."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[int]] = {}

    def left(self, year: int) -> int:
        """Count the serials that can be given out for a year."""
        return len(self._waiting.get(year, ()))

    def add(self, year: int, serials: range) -> None:
        """Take in a reserved block."""
        self._waiting.setdefault(year, []).extend(serials)

    def give_back(self) -> dict[int, list[int]]:
        """Give all that is left, by year; nothing can be given out any more."""
        left, self._waiting = self._waiting, {}
        return left

    def take(self, year: int) -> str:
        """Give out the next number, such as ``2026-00017``.

        Raises:
            LookupError: nothing was reserved; a fault of whoever runs the batch.
        """
        waiting = self._waiting.get(year)
        if not waiting:
            raise LookupError(f"no case number was reserved for {year}")
        return f"{year}-{waiting.pop(0):05}"


class Pressing(Protocol):
    """What a message is about, as far as sending is concerned."""

    @property
    def subject(self) -> Subject:
        """With which it is erased together."""

    @property
    def urgency(self) -> int:
        """At `EMERGENCY` the message waits for no quiet hours."""

    @property
    def barred(self) -> frozenset[str]:
        """Who must not hear of it."""

    @property
    def sealed(self) -> bool:
        """Only few may read of it: nothing but its number leaves the chat."""


@dataclass(kw_only=True)
class Work:
    """A transaction to read from, the street as it stands, and the changes so far."""

    tx: Tx
    """For reading only: writing is left to `changes`."""
    street: Street
    now: datetime
    numbers: Numbers
    hands_over: tuple[HandsOver, ...]
    """How everything changes hands; `storage.registry.HANDS_OVER`."""
    procedures: tuple[Procedure, ...]
    """What matters may be referred to; `storage.registry.PROCEDURES`."""
    beside: Beside = field(default_factory=Beside)
    """What others of the same batch take, and the tables do not show yet, and what they read."""
    changes: Changes = field(default_factory=Changes)
    _known: dict[str, Begun] = field(default_factory=dict, repr=False)
    _understood: dict[str, Understanding] = field(default_factory=dict, repr=False)
    _named: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    # Long texts are dear to read, and many ask about the same one: each is read once.

    def understood(self, words: str) -> Understanding:
        """Understand words."""
        if words not in self._understood:
            self._understood[words] = understand(words, self.street.knowledge, self._known)
        return self._understood[words]

    def named_in(self, words: str) -> frozenset[str]:
        """Find the persons of the staff whom words name."""
        if words not in self._named:
            read = self._understood.get(words)
            plain = read.plain if read is not None else plain_text(words)
            self._named[words] = named_in(plain, self.street.organisation.names)
        return self._named[words]

    def tell(
        self,
        person: str | None,
        *messages: Message,
        on: Pressing | None = None,
        urgent: bool = False,
        lane: Lane = Lane.NOTICE,
        about: frozenset[Subject] = frozenset(),
    ) -> None:
        """Tell somebody else; what is not urgent waits for the end of the quiet hours.

        Whoever is barred from a thing is told nothing of it.

        Args:
            on: what it is about.
            about: the other subjects whose words stand in it: it is erased with each of them.
        """
        if person is None or (on is not None and person in on.barred):
            return
        pressing = urgent or (on is not None and on.urgency >= EMERGENCY)
        for place, message in enumerate(messages):
            self.changes.save(
                Notice(
                    person=person,
                    message=message,
                    lane=lane,
                    at=self.now,
                    not_before=self.now if pressing else self.street.waking(self.now),
                    subject=on.subject if on else None,
                    about=about,
                    # The pictures that follow a card are no news of their own.
                    calls=self._calls(person, message, on, pressing, lane) if not place else (),
                )
            )

    def _calls(
        self, person: str, said: Message, on: Pressing | None, pressing: bool, lane: Lane
    ) -> tuple[WebhookCall, ...]:
        webhooks = self.street.office.webhooks
        if not webhooks or lane is not Lane.NOTICE:
            return ()
        organisation = self.street.organisation
        return webhook_calls(
            webhooks,
            organisation.posts_of(person, self.now),
            organisation,
            said,
            subject=on.subject if on else None,
            urgent=pressing,
            sealed=on.sealed if on else False,
        )

    def broadcast(self, people: Iterable[str], *messages: Message) -> None:
        """Tell many the same, after everything that somebody waits for."""
        for person in people:
            self.tell(person, *messages, lane=Lane.BROADCAST)

    def new_number(self) -> str:
        """Give out the next case number of this year."""
        return self.numbers.take(self.street.local_year(self.now))

    def sign(self, by: str, role: Role) -> Act:
        """Sign what is done now."""
        return Act(by, role, self.now, secrets.token_bytes(32))

    def staff_actor(self, person: str) -> Actor:
        """Look at a staff member with the rights of this moment."""
        return actor_of(person, self.street.organisation, self.now, staff=True)

    async def find_person(self, person: str) -> Person | None:
        """Load a person."""
        return await find_person(self.tx, person)

    @staticmethod
    def new_id() -> str:
        """Make an id that nobody can guess."""
        return secrets.token_hex(12)
