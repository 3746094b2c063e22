"""A digest as people see it: the card for staff, the summary for residents, the chart's figures."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.categories import Kind
from domain.digests.digest import Digest, Figure, Figures, Rate, Topic, Week
from domain.matters.cards import place_of, post_name
from domain.matters.deadlines import stated
from domain.matters.matter import Matter
from domain.matters.naming import row, staff_detail, tone_of
from domain.messages import (
    Card,
    Choice,
    Line,
    Message,
    Text,
    Tone,
    Value,
    action,
    rows,
    text,
    with_pictures,
)
from domain.names import category_name, kind_name, named
from domain.organisation import Unit
from domain.people import Language
from domain.street import Street
from domain.subjects import open_case
from reports.digests.charts import MOST_ROWS, Row, WeekChart
from reports.registry import section_lines

#: How many overdue cases a digest names, and how many buttons stand under it.
MOST_OVERDUE = 10
MOST_BUTTONS = 6
#: How many categories and topics a digest names.
MOST_CATEGORIES = 5
MOST_TOPICS = 5
#: How many cases a message lists as being behind a figure, a button each.
MOST_LISTED = 40

#: Which form of a character the font shows. Source: BCP 47.
_TAGS: Mapping[Language, str] = {Language.CHINESE: "zh-Hans", Language.ENGLISH: "en"}
#: What residents hear of by category; disputes are confidential and only counted.
_TOLD_BY_CATEGORY = (Kind.OPINION, Kind.SERVICE, Kind.ENQUIRY)


# --- for staff -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What one reader gets beside the digest itself."""

    overdue: Sequence[Matter] = ()
    """Cases overdue now that the reader may see, the longest overdue first."""
    hidden: int = 0
    """Cases overdue now that the reader may only count."""
    still: int = 0
    """How many of those overdue now were so when the week ended."""
    missing: Sequence[Week] = ()
    """Weeks before without a digest."""
    late: Sequence[Week] = ()
    """Weeks before whose digest was written late."""
    picture: str | None = None
    """The chart's attachment id."""


def digest_messages(street: Street, digest: Digest, reading: Reading) -> tuple[Message, ...]:
    """Make the digest of a unit's week: the figures with what lies behind them, then the chart."""
    blocks: list[Text | Card] = [_figures_card(street, digest)]
    if reading.overdue or reading.hidden:
        blocks.append(_overdue_card(street, digest, reading))
    if reading.missing or reading.late:
        blocks.append(_gaps_card(street, reading))
    buttons = [open_case(matter.number) for matter in reading.overdue[:MOST_BUTTONS]]
    last = (
        Choice(label=text("digests.numbers"), action=action("digests.behind", *_names(digest))),
        Choice(label=text("digests.other_weeks"), action=action("digests.list", digest.unit)),
    )
    message = Message(blocks=tuple(blocks), choices=(*rows(buttons), last))
    return with_pictures(message, [reading.picture] if reading.picture else [])


def _names(digest: Digest) -> tuple[str, str]:
    return digest.unit, digest.week.key


def unit_name(street: Street, code: str) -> Text:
    """Name a unit; one that is gone is named by its code."""
    unit = street.organisation.units.get(code)
    return named(unit.name, unit.name_en) if unit else named(code)


def week_dates(street: Street, week: Week) -> Text:
    """Name a week by its first and last day."""
    first = street.local_day(week.begins)
    last = street.local_day(week.ends - timedelta(seconds=1))
    # Not as a day that may be called today or yesterday: what is kept is read later.
    return text(
        "digests.dates_within" if first.month == last.month else "digests.dates",
        year=str(first.year),
        month=text(f"digests.month_{first.month}"),
        day=first.day,
        last_month=text(f"digests.month_{last.month}"),
        last_day=last.day,
    )


def _figures_card(street: Street, digest: Digest) -> Card:
    figures = digest.figures
    if digest.is_empty:
        return Card(
            title=_title(street, digest),
            lines=(
                Line(text("digests.in_short"), text("digests.nothing")),
                *section_lines(digest.sections),
            ),
        )
    lines = [
        Line(text("digests.filed"), _by_kind(figures, Figure.FILED)),
        Line(text("digests.closed"), _by_kind(figures, Figure.CLOSED)),
        Line(text("digests.open"), _by_kind(figures, Figure.OPEN)),
        Line(text("digests.overdue"), _by_kind(figures, Figure.OVERDUE)),
        Line(text("digests.ended_otherwise"), _ended_otherwise(figures)),
        Line(text("digests.response"), _rate(figures.response, "response")),
        Line(text("digests.resolution"), _rate(figures.resolution, "resolution")),
        Line(text("digests.satisfaction"), _rate(figures.satisfaction, "satisfaction")),
        *_first_actions(figures),
        Line(text("digests.categories"), _categories(street, figures)),
        *(
            Line(_topic_label(topic), _topic(street, digest, topic))
            for topic in digest.topics[:MOST_TOPICS]
        ),
    ]
    lines += section_lines(digest.sections)
    if digest.is_late:
        lines.append(Line(text("digests.written"), digest.computed_at))
    return Card(
        title=_title(street, digest),
        lines=tuple(line for line in lines if line.value is not None),
    )


def _title(street: Street, digest: Digest) -> Text:
    return text(
        "digests.title",
        unit=unit_name(street, digest.unit),
        dates=week_dates(street, digest.week),
    )


def _by_kind(figures: Figures, figure: Figure) -> Value:
    n = figures.count(figure)
    kinds = tuple(
        text("digests.counted", name=kind_name(kind), n=count)
        for kind in Kind
        if (count := figures.count(figure, kind=kind))
    )
    return text("digests.n_of", n=n, parts=kinds) if kinds else n


def _ended_otherwise(figures: Figures) -> Value:
    withdrawn, merged = figures.count(Figure.WITHDRAWN), figures.count(Figure.MERGED)
    if not withdrawn and not merged:
        return None
    return text("digests.withdrawn_merged", withdrawn=withdrawn, merged=merged)


def _rate(rate: Rate, sort: str) -> Value:
    """Say a rate with its n, and apart from it who did not answer and who was not reached."""
    if rate.share is None:
        said = text("digests.no_rate")
    else:
        percent = f"{rate.share:.0%}"
        said = text(f"digests.rate_{sort}", percent=percent, good=rate.good, n=rate.n)
    if not rate.no_answer and not rate.unreachable:
        return said
    return text(
        "digests.rate_apart", rate=said, no_answer=rate.no_answer, unreachable=rate.unreachable
    )


def _first_actions(figures: Figures) -> Iterable[Line]:
    """Say how long it took from a sign to the first action; of disputes apart (M-06)."""
    for kind, key in (
        (None, "digests.first_action"),
        (Kind.DISPUTE, "digests.first_action_dispute"),
    ):
        wait, n = figures.first_action(kind)
        if wait is not None:
            yield Line(text(key), text("digests.median", wait=wait, n=n))


def _categories(street: Street, figures: Figures) -> Value:
    counted = list(figures.by_category(Figure.FILED).items())[:MOST_CATEGORIES]
    if not counted:
        return None
    return tuple(
        text("digests.counted", name=_category(street, code), n=count) for code, count in counted
    )


def _category(street: Street, code: str) -> Text:
    return category_name(street.office.categories.find(code), code)


def _topics(street: Street, digest: Digest) -> Iterable[Line]:
    for topic in digest.topics[:MOST_TOPICS]:
        yield Line(_topic_label(topic), _topic(street, digest, topic))


def _topic_label(topic: Topic) -> Text:
    return text("digests.hot_topic") if topic.hot else text("digests.topic")


def _topic(street: Street, digest: Digest, topic: Topic) -> Text:
    """Say what a topic is about; by its category, where its words were erased."""
    words: Value = tuple(topic.words.split())
    if not words:
        category = Counter(digest.figures.cases[one][1] for one in topic.numbers).most_common(1)
        words = _category(street, category[0][0])
    counted = text(
        f"digests.topic_{_growth(topic)}", words=words, n=len(topic.numbers), before=topic.before
    )
    if not topic.quote:
        return counted
    return text("digests.topic_quoted", topic=counted, quote=topic.quote)


def _growth(topic: Topic) -> str:
    """Name how many there were before, as people say it."""
    if not topic.before:
        return "new"
    return "seldom" if topic.before < 1 else "often"


def _overdue_card(street: Street, digest: Digest, reading: Reading) -> Card:
    lines = [
        Line(
            text(
                "digests.overdue_case", number=one.number, category=_category(street, one.category)
            ),
            text(
                "digests.overdue_owner",
                owner=post_name(street, one),
                due=stated(street, one, one.deadline),
            ),
        )
        for one in reading.overdue[:MOST_OVERDUE]
    ]
    more = max(len(reading.overdue) - MOST_OVERDUE, 0)
    if more:
        lines.append(Line(text("digests.more_overdue"), more))
    if reading.hidden:
        lines.append(_hidden(reading.hidden))
    title = text(
        "digests.overdue_now",
        now=len(reading.overdue) + reading.hidden,
        then=digest.figures.count(Figure.OVERDUE),
        still=reading.still,
    )
    return Card(title=title, lines=tuple(lines), tone=Tone.OVERDUE)


def _hidden(count: int) -> Line:
    """Count what the reader may not open."""
    return Line(text("digests.hidden_overdue"), text("digests.only_counted", n=count))


def _gaps_card(street: Street, reading: Reading) -> Card:
    lines = [
        Line(text(key), tuple(week_dates(street, week) for week in weeks))
        for key, weeks in (
            ("digests.missing_weeks", reading.missing),
            ("digests.late_weeks", reading.late),
        )
        if weeks
    ]
    return Card(title=text("digests.gaps"), lines=tuple(lines))


# --- behind the figures --------------------------------------------------------------------------


def figures_message(street: Street, digest: Digest) -> Message:
    """Offer every figure of a digest that counts something."""
    buttons = [
        Choice(
            label=text(
                "digests.counted",
                name=text(f"digests.figure_{figure}"),
                n=digest.figures.count(figure),
            ),
            action=action("digests.behind", *_names(digest), place),
        )
        for place, figure in enumerate(Figure)
        if digest.figures.count(figure)
    ]
    title = text(
        "digests.which_figure",
        unit=unit_name(street, digest.unit),
        dates=week_dates(street, digest.week),
    )
    back = Choice(label=text("digests.back"), action=action("digests.show", *_names(digest)))
    return Message(blocks=(title,), choices=(*rows(buttons), (back,)))


def numbers_message(
    street: Street, digest: Digest, figure: Figure, readable: Sequence[Matter], now: datetime
) -> Message:
    """List the cases behind a figure, each line of which opens its case.

    Args:
        readable: those that the reader may open.
    """
    count = len(digest.figures.behind(figure))
    shown = readable[:MOST_LISTED]
    lines = [Line(text(f"digests.figure_{figure}"), count)]
    if hidden := len(set(digest.figures.behind(figure))) - len(readable):
        lines.append(_hidden(hidden))
    if len(readable) > len(shown):
        lines.append(Line(text("digests.more_numbers"), len(readable) - len(shown)))
    card = Card(
        title=text(
            "digests.behind",
            unit=unit_name(street, digest.unit),
            dates=week_dates(street, digest.week),
        ),
        lines=tuple(lines),
    )
    back = Choice(label=text("digests.back"), action=action("digests.behind", *_names(digest)))
    listed = tuple(
        (
            row(
                street,
                one,
                does=action("matters.show", one.number),
                detail=staff_detail(street, one, now, place=place_of(street, one)),
                tone=tone_of(one, now),
            ),
        )
        for one in shown
    )
    return Message(blocks=(card,), choices=(*listed, (back,)))


# --- for residents -------------------------------------------------------------------------------


def summary_message(street: Street, digest: Digest, *, subscribed: bool = True) -> Message:
    """Tell residents what was raised and what was solved around them; nothing about anybody."""
    figures = digest.figures
    title = text(
        "digests.summary_title",
        unit=unit_name(street, digest.unit),
        dates=week_dates(street, digest.week),
    )
    lines = [
        Line(text("digests.raised"), _told(street, figures, Figure.FILED)),
        Line(text("digests.solved"), _told(street, figures, Figure.SOLVED)),
        Line(text("digests.in_hand"), figures.count(Figure.OPEN)),
    ]
    blocks: list[Text | Card] = [Card(title=title, lines=tuple(lines))]
    if not figures.count(Figure.FILED):
        blocks.append(text("digests.quiet_week"))
    menu = Choice(label=text("menu.open"), action="menu.open")
    return Message(blocks=tuple(blocks), choices=((menu, _switch(subscribed)),))


def _switch(subscribed: bool) -> Choice:
    """Make the button that stops the weekly summary, or begins it."""
    if subscribed:
        return Choice(label=text("digests.unsubscribe"), action=action("digests.summary", "off"))
    return Choice(label=text("digests.subscribe"), action=action("digests.summary", "on"))


def _told(street: Street, figures: Figures, figure: Figure) -> Value:
    parts = [
        text("digests.counted", name=_category(street, code), n=count)
        for code, count in figures.by_category(figure, kinds=_TOLD_BY_CATEGORY).items()
    ]
    if disputes := figures.count(figure, kind=Kind.DISPUTE):
        parts.append(text("digests.counted", name=kind_name(Kind.DISPUTE), n=disputes))
    n = figures.count(figure)
    return text("digests.n_of", n=n, parts=tuple(parts)) if parts else n


# --- the chart -----------------------------------------------------------------------------------


def week_chart(
    street: Street,
    unit: Unit,
    digest: Digest,
    before: Sequence[Digest],
    *,
    language: Language,
    say: Callable[[Text, Language], str],
) -> WeekChart:
    """Put a week's figures and words on a chart.

    Args:
        before: the digests of the weeks before, as far as there are any.
    """
    filed, solved = _count(digest, Figure.FILED), _count(digest, Figure.SOLVED)
    earlier = Counter[str]()
    for one in before:
        earlier.update(_count(one, Figure.FILED))
    codes = sorted(
        {*filed, *solved, *earlier},
        key=lambda code: (-filed[code], -solved[code], -earlier[code], code),
    )
    shown = codes if len(codes) <= MOST_ROWS else codes[: MOST_ROWS - 1]
    rest = codes[len(shown) :]
    groups = [(_category(street, code), [code]) for code in shown]
    if rest:
        groups.append((text("digests.chart_rest"), rest))
    n = {"filed": filed.total(), "solved": solved.total(), "before": earlier.total()}
    return WeekChart(
        title=say(text("digests.chart_title", unit=_full_name(street, unit)), language),
        subtitle=say(_subtitle(street, digest, n, len(before)), language),
        filed=say(text("digests.chart_filed"), language),
        solved=say(text("digests.chart_solved"), language),
        before=say(text("digests.chart_before", weeks=len(before)), language) if before else None,
        rows=tuple(
            Row(
                name=say(name, language),
                filed=sum(filed[code] for code in group),
                solved=sum(solved[code] for code in group),
                before=sum(earlier[code] for code in group) / len(before) if before else None,
            )
            for name, group in groups
        ),
        language=_TAGS[language],
    )


def _count(digest: Digest, figure: Figure) -> Counter[str]:
    return Counter(digest.figures.by_category(figure))


def _full_name(street: Street, unit: Unit) -> Text:
    """Name a unit with the community it belongs to."""
    community = street.organisation.community_of(unit.code)
    if community is None or community.code == unit.code:
        return named(unit.name, unit.name_en)
    return text(
        "digests.grid_name",
        community=named(community.name, community.name_en),
        grid=named(unit.name, unit.name_en),
    )


def _subtitle(street: Street, digest: Digest, n: Mapping[str, int], weeks: int) -> Text:
    dates = week_dates(street, digest.week)
    if not weeks:
        return text("digests.chart_n", dates=dates, filed=n["filed"], solved=n["solved"])
    return text(
        "digests.chart_n_before",
        dates=dates,
        filed=n["filed"],
        solved=n["solved"],
        before=n["before"],
        weeks=weeks,
    )
