"""What can go wrong, as a tree. Errors carry fields, no sentences; ``bot/`` has the words.

LinliError
├── UserError            the person can act: answered with the wording ``errors.<key>``
│   ├── NotAllowed       the rights table says no; cites the rule
│   ├── NotFound         no such case for this person (the same answer for "not yours")
│   ├── WrongState       the case is past this step, or not there yet
│   ├── Stale            a button of an older message or of an older state
│   ├── Refused          a rule refuses it, and may be cited; the wording says what to do next
│   └── TooMany          a limit of attempts or messages is reached
└── InternalError        never shown: apology with an incident number, logged without content
    ├── StorageError     the database did not do what it must
    └── Conflict         another process changed the same row: the batch is run again
"""

from typing import Any

from domain.messages import Text
from domain.policies import Citation


class LinliError(Exception):
    """The root of all deliberate errors."""


class UserError(LinliError):
    """Raised where the person can act; `key` names the wording, `fields` fill it."""

    key: str = "errors.refused"
    rule: Text | Citation | None = None
    """The law or the rule of the office that it rests on, see `domain.laws`."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(type(self).__name__, fields)
        self.fields = fields


class NotAllowed(UserError):
    """Raised by `domain.access` when no right allows an action; ``rule`` is the rule's id."""

    key = "errors.not_allowed"


class NotFound(UserError):
    """Raised when a number names nothing that this person may know of."""

    key = "errors.not_found"


class WrongState(UserError):
    """Raised when an action does not fit the state of a matter."""

    key = "errors.wrong_state"


class Stale(UserError):
    """Raised when a button belongs to an older question or an older state of a case."""

    key = "errors.stale"


class Refused(UserError):
    """Raised when a rule refuses the input; ``reason`` selects the wording ``errors.<reason>``.

    A reason with a dot names its own catalogue: ``visits.no_basis``.
    """

    def __init__(self, reason: str, *, rule: Text | Citation | None = None, **fields: Any) -> None:
        super().__init__(**fields)
        self.reason = reason
        self.key = reason if "." in reason else f"errors.{reason}"
        self.rule = rule


class TooMany(UserError):
    """Raised when somebody tries or sends more often than a limit allows."""

    key = "errors.too_many"


class InternalError(LinliError):
    """The root of errors that a person is never shown."""


class StorageError(InternalError):
    """Raised when the database refuses or is gone; carries the driver's error as its cause."""


class Conflict(InternalError):
    """Raised when a row changed under a transaction: the work is to be done again.

    Its text is what was touched, as kind and id, where that is known.
    """
