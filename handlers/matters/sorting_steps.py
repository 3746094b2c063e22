"""Kind and category, as staff say them of a case: the same two questions wherever asked."""

from collections.abc import Iterable, Sequence

from domain.categories import Kind
from domain.messages import text
from domain.names import kind_name, named
from handlers.forms.steps import Choose, Option
from handlers.turn import Turn
from storage.drafts import Draft


def kind_and_category(
    ask_kind: str, ask_category: str, kinds: Iterable[Kind] = Kind
) -> tuple[Choose, Choose]:
    """Make the two steps, ``kind`` and ``category``.

    Args:
        ask_kind: the wording's key of the first question.
        ask_category: that of the second.
        kinds: what can be chosen.
    """
    offered = [Option(kind.value, kind_name(kind)) for kind in kinds]
    return (
        Choose(
            name="kind",
            question=ask_kind,
            label="assignments.kind",
            options=lambda _turn, _draft: offered,
            clears=("category",),
            width=3,
        ),
        Choose(
            name="category",
            question=ask_category,
            label="filing.category",
            options=_categories,
        ),
    )


def _categories(turn: Turn, draft: Draft) -> Sequence[Option]:
    kind = draft.values.get("kind")
    if kind is None:
        return []
    return [
        Option(
            one.code,
            text(
                "filing.category_option",
                sign=one.emoji,
                name=named(one.name_zh, one.name_en),
            ),
            (one.name_zh, one.name_en),
        )
        for one in turn.street.office.categories.of_kind(Kind(kind))
    ]
