"""Numbers of cards, passwords and codes: refused with a sentence, and gone from everywhere.

The intake masks them before it stores anything; here the rest is masked, the writer is told what to
do instead, and the message leaves the conversation. What else stood in it goes on as if it had been
written like that.
"""

from dataclasses import replace

from domain.messages import Message, Text, text
from domain.words.pay_secrets import Masked, PaySecret, mask
from handlers.forms.forms import form_named, resume
from handlers.turn import Turn, choice
from storage.outbox import Own


def keep_out(turn: Turn) -> Masked | None:
    """Mask what may not be said here, and give what was found; None where there is nothing."""
    masked = masked_words(turn)
    if not masked.found:
        return None
    words = masked.words if masked.says_more else None
    turn.incoming = replace(turn.incoming, text=words, masked=frozenset())
    return masked


def is_all(turn: Turn) -> bool:
    """Tell whether nothing else was said beside what was masked."""
    said = turn.incoming
    return not (said.text or said.files or said.command or said.start is not None or said.action)


async def ask_again(turn: Turn) -> None:
    """Ask once more what was asked, where nothing that was said may answer it."""
    form = form_named(turn, turn.draft.form) if turn.draft is not None else None
    if form is not None and turn.draft is not None and turn.draft.expires_at > turn.now:
        await resume(turn, form)


def masked_words(turn: Turn) -> Masked:
    """Mask what was typed; the number of an account stays where the open question is for one."""
    words = turn.incoming.text or ""
    masked = mask(words, account=_is_asked(turn))
    if masked.found:
        turn.changes.revise(Own, _without_number)
    before = frozenset(PaySecret(one) for one in turn.incoming.masked)
    return Masked(masked.words, masked.found | before)


def _is_asked(turn: Turn) -> bool:
    draft = turn.draft
    form = form_named(turn, draft.form) if draft is not None else None
    step = form.by_name.get(draft.step) if form is not None and draft is not None else None
    return step is not None and step.takes_account


def _without_number(own: Own) -> Own:
    typed = own.body.get("text")
    return replace(own, body={**own.body, "text": mask(typed).words}) if typed else own


def tell(turn: Turn, masked: Masked, *, goes_on: bool) -> None:
    """Say that it was not kept, and let it leave the conversation where the channel can do that."""
    blocks: list[Text] = [
        text(f"pay_secrets.{'card' if PaySecret.CARD in masked.found else 'word'}"),
        text("pay_secrets.instead"),
    ]
    if goes_on and masked.says_more:
        blocks.append(text("pay_secrets.kept", said=masked.words))
    said = turn.incoming.said
    turn.reply(
        Message(
            blocks=tuple(blocks),
            choices=((choice("menu.open", "menu.open"),),),
            takes_back=(said,) if said else (),
        )
    )
