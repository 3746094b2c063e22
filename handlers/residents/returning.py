"""A resident with a new device: it shows a code, staff confirm whom they have before them.

Nobody gets in by what staff give out. What staff confirm, the device still has to agree to, and
everybody who may know better is told and can send it away for a day.
"""

from dataclasses import replace

from domain.errors import Refused, Stale
from domain.messages import Message, Side, action, text
from domain.people import DEVICE_CODE_LIFE, TRIAL_LIFE, DeviceCode
from handlers.account_guards import ensure_settled
from handlers.accounts import LINK_DIGITS, channel_name, end_account, tell_account
from handlers.features import Entry, Feature, Menu, Verb
from handlers.residents.linking import completed, grouped, mine_and_back
from handlers.turn import Turn, choice
from storage.device_codes import DeviceCodeGone, find_device_code, find_device_code_by_ref
from storage.people import find_person, list_accounts
from storage.residents.linking import Union


async def show_code(turn: Turn) -> None:
    """Show the code that this device reads out to staff; an older one of it is void."""
    ensure_settled(turn)
    code = turn.new_code(LINK_DIGITS)
    while await find_device_code(turn.tx, code) is not None:
        code = turn.new_code(LINK_DIGITS)
    expires_at = turn.now + DEVICE_CODE_LIFE
    turn.changes.put(
        "device code",
        DeviceCode(code_hash=turn.hash_code(code), account=turn.account.id, expires_at=expires_at),
    )
    said = text("me.device_code", code=grouped(code), until=expires_at)
    back = (choice("me.back", "residents.me"),)
    turn.reply(Message(blocks=(said,), choices=(back,), secret=True, once=True))


async def come_home(turn: Turn, ref: str) -> None:
    """Agree to what staff confirmed: this device speaks for the resident of the earlier cases."""
    shown = await find_device_code_by_ref(turn.tx, ref)
    if shown is None or shown.account != turn.account.id or shown.person is None:
        raise Refused("device_code_over")
    if turn.now >= shown.expires_at:
        raise Refused("device_code_over")
    turn.changes.put("device code", DeviceCodeGone(turn.account.id))
    if shown.person == turn.person.id:
        turn.say("me.back_already", mine_and_back())
        return
    old = await find_person(turn.tx, shown.person)
    if old is None or old.erased_at is not None or old.side is not turn.person.side:
        raise Refused("device_code_over")
    ensure_settled(turn)
    others = (await list_accounts(turn.tx, [old.id])).get(old.id, [])
    turn.changes.touch_alone(f"person {old.id}")
    # Everything that was this person's comes along, and goes away again together.
    until = turn.now + TRIAL_LIFE
    for account in (await list_accounts(turn.tx, [turn.person.id])).get(turn.person.id, []):
        if account.id != turn.account.id:
            turn.changes.save(replace(account, trial_until=until))
    turn.account = replace(turn.account, trial_until=until)
    turn.changes.put("account", turn.account)
    kept = await completed(turn, old, turn.person)
    turn.changes.put(f"person {old.id}", replace(kept, preferred=turn.account.id))
    turn.changes.save(Union(kept=old.id, absorbed=turn.person.id))
    turn.say("me.device_done", mine_and_back(), until=until)
    told = Message(
        blocks=(
            text(
                "me.device_told",
                channel=channel_name(turn.account),
                at=turn.now,
                until=until,
            ),
        ),
        choices=(
            (
                choice(
                    "me.device_not_me", action("residents.not_me", turn.account.id), emphasis=True
                ),
            ),
            (choice("me.accounts_show", "residents.accounts"),),
        ),
    )
    for account in others:
        tell_account(turn, old.id, account, told)


async def send_away(turn: Turn, account: str) -> None:
    """Send a device away that staff brought back and that is not mine."""
    owned = (await list_accounts(turn.tx, [turn.person.id])).get(turn.person.id, [])
    other = next((one for one in owned if one.id == account), None)
    if other is None or not other.is_on_trial(turn.now) or other.id == turn.account.id:
        raise Stale
    ensure_settled(turn)
    for one in owned:
        if one.is_on_trial(turn.now):
            end_account(turn, one, turn.account)
    turn.say("me.device_sent_away", (choice("me.accounts_show", "residents.accounts"),))


FEATURE = Feature(
    name="residents",
    side=Side.RESIDENTS,
    verbs=(
        Verb("residents.new_device", show_code),
        Verb("residents.come_home", come_home),
        Verb("residents.not_me", send_away),
    ),
    entries=(Entry(Menu.MINE, "me.device", "residents.new_device"),),
)
