"""Where a case stands, for whoever brings its number and the code on the receipt; nothing more.

For people without a device of their own: a code on paper opens no account, shows no words and no
names, and whoever gave it out can do nothing with it.
"""

import re

from domain.matters.deadlines import due_of
from domain.matters.matter import state_name
from domain.messages import Card, Line, Message, Value, text
from domain.subjects import case
from domain.words.plaintext import normal
from handlers.account_guards import ensure_tries_left, wrong
from handlers.turn import Turn, choice
from storage.matters.lookup_codes import LookupCode, Stage, find_looked_up, find_stage

#: 53 bits. Source: design, "People and accounts": at least 50.
LOOKUP_DIGITS = 16
#: 查询 2026-00017 1234 5678 9012 3456, as people write it from a slip of paper.
_TYPED = re.compile(
    r"(?:查询|查|look ?up|check)?[\s:：]*(20\d\d)[-－—–](\d{5,9})[\s,，;；+、]*(?:查询码)?[\s:：]*"
    r"(\d{4}(?:[ -]?\d{4}){3})",
    re.IGNORECASE,
)


def give_code(turn: Turn, number: str) -> str:
    """Make the code to a case that the resident takes along on paper; an earlier one is void."""
    code = turn.new_code(LOOKUP_DIGITS)
    turn.changes.save(
        LookupCode(code_hash=turn.hash_code(code), number=number, created_at=turn.now)
    )
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


async def typed_lookup(turn: Turn) -> bool:
    """Answer a text that is a case's number with its code; tell whether it was one."""
    given = normal(turn.incoming.text or "").strip()
    match = _TYPED.fullmatch(given) if len(given) < 80 else None
    if match is None:
        return False
    await ensure_tries_left(turn)
    code = "".join(sign for sign in match[3] if sign.isdecimal())
    number = f"{match[1]}-{match[2]}"
    if not await _show(turn, number, code):
        raise wrong(turn, "lookup_invalid")
    return True


async def show_by_code(turn: Turn, code: str) -> bool:
    """Answer a code that stands alone; tell whether it is the code of a case."""
    number = await find_looked_up(turn.tx, code)
    return number is not None and await _show(turn, number, code)


async def _show(turn: Turn, number: str, code: str) -> bool:
    """Show how a case stands; what is erased or sealed is no case."""
    stage = await find_stage(turn.tx, number, code)
    if stage is None:
        return False
    turn.about = case(number)
    turn.reply(
        Message(
            blocks=(_card(turn, stage), text("me.lookup_more")),
            choices=((choice("menu.open", "menu.open"),),),
        )
    )
    return True


def _card(turn: Turn, stage: Stage) -> Card:
    lines = [
        Line(text("me.lookup_state"), state_name(stage.state)),
        Line(text("me.lookup_since"), stage.changed_at),
        Line(text("cards.resolve_by"), _due(turn, stage)),
        Line(text("windows.receipt_phone"), turn.street.office.phone or None),
    ]
    return Card(
        title=text("me.lookup_found", number=stage.number),
        lines=tuple(line for line in lines if line.value is not None),
    )


def _due(turn: Turn, stage: Stage) -> Value:
    return due_of(
        turn.street,
        stage.resolve_by,
        since=stage.dispatched_at,
        community=stage.community,
        urgency=stage.urgency,
    )
