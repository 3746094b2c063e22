"""A button or a form that comes too late: what it is about moved on, or is somebody else's now."""

from collections.abc import Awaitable, Callable
from functools import wraps

from domain.errors import Refused, Stale, UserError, WrongState
from domain.messages import Text, text
from handlers.features import Handler
from handlers.forms.forms import form_named
from handlers.forms.questions import Pick
from handlers.forms.steps import Choose
from handlers.turn import Turn
from storage.drafts import Draft

Submit = Callable[[Turn, Draft], Awaitable[None]]
#: Gets what is wrong, what the step was about, and what else to say; says it above the thing as it
#: stands now, and tells whether this person may see it at all.
Explain = Callable[[Turn, UserError, str, tuple[Text, ...]], Awaitable[bool]]


def on_press(explain: Explain) -> Callable[[Handler], Handler]:
    """Answer a button that comes too late with a sentence and the thing as it stands now."""

    def guarded(handler: Handler) -> Handler:
        @wraps(handler)
        async def answered(turn: Turn, *arguments: str) -> None:
            try:
                await handler(turn, *arguments)
            except (WrongState, Stale, Refused) as error:
                if not await explain(turn, error, arguments[0], ()):
                    raise

        return answered

    return guarded


def on_submission(explain: Explain, about: Callable[[Draft], str]) -> Callable[[Submit], Submit]:
    """Answer a form that comes too late in the same way, and give back what was typed.

    Args:
        about: gives what a draft is about, as buttons name it.
    """

    def guarded(submit: Submit) -> Submit:
        @wraps(submit)
        async def answered(turn: Turn, draft: Draft) -> None:
            try:
                await submit(turn, draft)
            except (WrongState, Stale, Refused) as error:
                if not await explain(turn, error, about(draft), _typed(turn, draft)):
                    raise

        return answered

    return guarded


def _typed(turn: Turn, draft: Draft) -> tuple[Text, ...]:
    """Say what somebody typed into a form; what they chose by buttons is an id, and no words."""
    form = form_named(turn, draft.form)
    steps = () if form is None else form.steps
    given = [draft.values.get(one.name) for one in steps if not isinstance(one, Choose | Pick)]
    words = [str(one) for one in given if isinstance(one, str | int) and one != ""]
    return (text("assignments.your_words", said="\n".join(words)),) if words else ()
