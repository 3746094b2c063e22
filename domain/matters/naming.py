"""What a matter is called among others: by its words, or by its number alone where it is sealed."""

from datetime import datetime

from domain.categories import EMERGENCY
from domain.matters.deadlines import stated
from domain.matters.matter import Matter, NextAction, State, procedure_name, state_name
from domain.messages import Choice, Text, Tone, Value, text
from domain.names import category_name
from domain.street import Street

#: Characters of what was said by which a case is named in a sentence.
NAME = 16
#: Characters of what was said on a line of a list.
ROW = 28
#: Characters of what was said that head a card; what is longer stands below in full.
TITLE = 48
#: Where words are cut best, looked for in their last half.
_ENDS = "。！？；!?;，,、\n "


def first_words(said: str, most: int) -> str:
    """Give the first words of a text on one line, at most so many characters."""
    line = " ".join(said.split())
    if len(line) <= most:
        return line.rstrip("。.，,")
    cut = max((line.rfind(end, most // 2, most) for end in _ENDS), default=-1)
    return line[: cut if cut > 0 else most - 1].rstrip("。！？；!?;，,、 ") + "…"


def called(matter: Matter) -> Text:
    """Name a case in a sentence, as the one who reported it or works on it knows it.

    What is sealed is called by its number: a sentence may be read over a shoulder, or on a screen
    that is locked.
    """
    said = matter.particulars.text
    if matter.sealed or not said.strip():
        return text("cards.by_number", number=matter.number)
    return text("cards.by_words", number=matter.number, said=first_words(said, NAME))


def called_by_category(street: Street, matter: Matter) -> Text:
    """Name a case for a neighbour who follows it and must not read what was told."""
    category = street.office.categories.find(matter.category)
    return text(
        "cards.by_category",
        number=matter.number,
        category=category_name(category, matter.category),
    )


def is_danger(matter: Matter) -> bool:
    """Tell whether people may be in danger still; what waits for a verdict is over."""
    return matter.is_open and matter.state is not State.RESOLVED and matter.urgency >= EMERGENCY


def tone_of(matter: Matter, now: datetime) -> Tone:
    """Choose how a matter wants to be seen; what waits for a verdict presses nobody."""
    if not matter.is_open:
        return Tone.DONE
    if is_danger(matter):
        return Tone.URGENT
    return Tone.OVERDUE if matter.is_overdue(now) else Tone.PLAIN


# --- a line of a list ----------------------------------------------------------------------------


def row(
    street: Street, matter: Matter, *, does: str, detail: Text, tone: Tone = Tone.PLAIN
) -> Choice:
    """Make a line of a list that is a button as a whole.

    Args:
        does: the button's action.
        detail: how it stands, by `staff_detail` or `resident_detail`.
    """
    return Choice(label=row_label(street, matter), action=does, detail=detail, tone=tone)


def row_label(street: Street, matter: Matter) -> Text:
    """Say on a line what a case is about: its words, its number alone where it is sealed."""
    if matter.sealed:
        return text("cards.by_number", number=matter.number)
    category = category_name(street.office.categories.find(matter.category), matter.category)
    said = matter.particulars.text
    if not said.strip():
        return text("cards.row_plain", number=matter.number, category=category)
    return text("cards.row", number=matter.number, said=first_words(said, ROW))


def staff_detail(street: Street, matter: Matter, now: datetime, *, place: Value) -> Text:
    """Say how a case stands and by when, what sort it is, and where."""
    return _detail(street, matter, _state_of_work(street, matter, now), place)


def resident_detail(street: Street, matter: Matter) -> Text:
    """Say to the one who reported a case how it stands."""
    return _detail(street, matter, your_state_name(matter), "")


def _detail(street: Street, matter: Matter, state: Text, place: Value) -> Text:
    if matter.sealed:
        return text("cards.row_state", state=state)
    category = category_name(street.office.categories.find(matter.category), matter.category)
    # What the label says already is not said again.
    told = (category, place, matter.number) if matter.particulars.text.strip() else (place,)
    rest = [one for one in told if one]
    if not rest:
        return text("cards.row_state", state=state)
    joined = rest.pop()
    while rest:
        joined = text("cards.row_joined", first=rest.pop(), then=joined)
    return text("cards.row_detail", state=state, rest=joined)


def _state_of_work(street: Street, matter: Matter, now: datetime) -> Text:
    """Say what is owed next, and by when or since when."""
    if matter.deadline is None or matter.state in (State.ASKED, State.RESOLVED):
        return text(f"cards.due_{matter.state}") if matter.is_open else state_name(matter.state)
    if matter.is_overdue(now):
        return text("cards.due_late", late=now - matter.deadline)
    by = stated(street, matter, matter.deadline, briefly=True)
    if matter.next_action is NextAction.ACCEPT:
        return text("cards.due_accept", by=by)
    return text(f"cards.due_{matter.next_action}", by=by)


def their_state_name(matter: Matter) -> Text:
    """Name a state to a neighbour, who reported nothing or the same."""
    return text(f"names.theirs_{matter.state}")


def standing_name(matter: Matter) -> Text:
    """Name how a case stands, with the procedure that has it."""
    if matter.referral is not None:
        return text("names.state_referred_to", procedure=procedure_name(matter.referral))
    return state_name(matter.state)


def your_state_name(matter: Matter) -> Text:
    """Name a state to the one who reported the case."""
    if matter.referral is not None:
        return text("names.yours_referred_to", procedure=procedure_name(matter.referral))
    return text(f"names.yours_{matter.state}")
