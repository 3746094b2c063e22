"""The results as a table and a chart: ``docs/performance.md`` between its two marks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
PAGE = ROOT / "docs" / "performance.md"
CHART = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
#: Source: Okabe and Ito, "Color Universal Design", 2008.
_OURS, _PEERS, _INK = "#0072B2", "#B8B8B8", "#222222"

NAMES = {
    "linli": "Linli (SQLite, every update durable)",
    "echo": "bare aiogram echo (stores nothing)",
    "fsm_sqlalchemy": "aiogram FSM + SQLAlchemy",
    "ptb_conversation": "PTB ConversationHandler, pickle",
}


@dataclass(frozen=True, slots=True)
class Target:
    """One promise: which benchmark shows it, what is wanted, what was seen."""

    benchmark: str
    what: str
    wanted: str
    seen: Callable[[Mapping[str, Any]], str]
    met: Callable[[Mapping[str, Any]], bool]


def _times(value: float) -> str:
    return f"{value:.2f} ×"


def _ms(value: float) -> str:
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


TARGETS = (
    Target(
        "dialogue",
        "dialogue of 200 residents, against a bare aiogram echo",
        "≥ 1.1 ×",
        lambda r: _times(r["ratios"]["echo"]),
        lambda r: r["ratios"]["echo"] >= 1.1,
    ),
    Target(
        "dialogue",
        "… against aiogram FSM + SQLAlchemy, a commit an update",
        "≥ 7 ×",
        lambda r: _times(r["ratios"]["fsm_sqlalchemy"]),
        lambda r: r["ratios"]["fsm_sqlalchemy"] >= 7,
    ),
    Target(
        "dialogue",
        "… against PTB `ConversationHandler` with `PicklePersistence`",
        "≥ 5 ×",
        lambda r: _times(r["ratios"]["ptb_conversation"]),
        lambda r: r["ratios"]["ptb_conversation"] >= 5,
    ),
    Target(
        "dialogue",
        "p99 of a reply at 200 dialogues at once, a second's thought before each turn",
        "< 100 ms",
        lambda r: f"{_ms(r['unhurried']['p99_ms'])} ({r['unhurried']['per_second']:.0f} updates/s)",
        lambda r: r["unhurried"]["p99_ms"] < 100,
    ),
    Target(
        "broadcast",
        "broadcast to 50,000 at 1,000 a second, against the limiter's floor",
        "≤ 1.01 ×",
        lambda r: f"{r['broadcast']['over_floor']:.4f} ×",
        lambda r: r["broadcast"]["over_floor"] <= 1.01,
    ),
    Target(
        "broadcast",
        "429 earned meanwhile",
        "0",
        lambda r: str(r["broadcast"]["earned_429"]),
        lambda r: r["broadcast"]["earned_429"] == 0,
    ),
    Target(
        "broadcast",
        "p95 of a reply meanwhile, against p95 while idle",
        "≤ 1.2 ×",
        lambda r: (
            f"{_times(r['p95_ratio'])} ({_ms(r['idle']['p95_ms'])} → {_ms(r['during']['p95_ms'])})"
        ),
        lambda r: r["p95_ratio"] <= 1.2,
    ),
    Target(
        "reminders",
        "tick with 1,000 due: 1,000,000 pending against 1,000",
        "≤ 1.5 ×",
        lambda r: f"{_times(r['ratio'])} ({_ms(r['pending']['1000000']['ms'])})",
        lambda r: r["ratio"] <= 1.5,
    ),
    Target(
        "digests",
        "a grid's week: 1,000,000 cases against 10,000",
        "≤ 1.2 ×",
        lambda r: f"{_times(r['grid_ratio'])} ({_ms(r['by_history']['1000000']['G01']['ms'])})",
        lambda r: r["grid_ratio"] <= 1.2,
    ),
    Target(
        "digests",
        "the street's week: 1,000,000 cases against 10,000",
        "not by history",
        lambda r: f"{_times(r['street_ratio'])} ({_ms(r['by_history']['1000000']['S']['ms'])})",
        lambda r: r["street_ratio"] <= 1.5,
    ),
    Target(
        "digests",
        "the street's week with four times as many cases in it",
        "linear, ≤ 4 ×",
        lambda r: _times(r["street_week_ratio"]),
        lambda r: r["street_week_ratio"] <= 4.4,
    ),
    Target(
        "processes",
        "two workers against one, on PostgreSQL",
        "reported",
        lambda r: (
            f"{_times(r['ratio'])} "
            f"({r['layouts']['two workers']['statements_per_update']:.1f} statements an update)"
        ),
        lambda r: True,
    ),
    Target(
        "processes",
        '… and where 300 people say "me too" to one case at once',
        "reported",
        lambda r: (
            f"{_times(r['me_too_ratio'])} "
            f"({r['layouts']['two workers']['me_too_per_second']:.0f} a second)"
        ),
        lambda r: True,
    ),
    Target(
        "rush",
        "1,000 people for 100 times, one process and two workers on PostgreSQL: booked",
        "exactly 100",
        lambda r: ", ".join(str(one) for one in r["booked"]),
        lambda r: r["booked"] == [r["times"]],
    ),
    Target(
        "rush",
        "… updates a second, against as many people who file",
        "≥ 0.7 ×",
        lambda r: (
            f"{_times(r['ratio'])} "
            f"({r['layouts']['all in one']['rush_per_second']:.0f} a second in one process, "
            f"{r['layouts']['two workers']['rush_per_second']:.0f} with two workers)"
        ),
        lambda r: r["ratio"] >= 0.7,
    ),
    Target(
        "rush",
        "… updates for the same processor time, which does not hang on what else the machine does",
        "reported",
        lambda r: _times(r["cpu_ratio"]),
        lambda r: True,
    ),
    Target(
        "start",
        "start to the first page",
        "≤ 2 s",
        lambda r: f"{r['web']['start_seconds']:.2f} s",
        lambda r: r["web"]["start_seconds"] <= 2,
    ),
    Target(
        "start",
        "start to the first answer over Telegram",
        "≤ 4 s",
        lambda r: f"{r['telegram']['start_seconds']:.2f} s",
        lambda r: r["telegram"]["start_seconds"] <= 4,
    ),
    Target(
        "start",
        "memory, idle, web only",
        "≤ 130 MB",
        lambda r: f"{r['web']['idle_mb']:.0f} MB",
        lambda r: r["web"]["idle_mb"] <= 130,
    ),
    Target(
        "start",
        "memory with both Telegram bots: idle, and after a load",
        "reported",
        lambda r: f"{r['telegram']['idle_mb']:.0f} MB, {r['telegram']['load_mb']:.0f} MB",
        lambda r: True,
    ),
    Target(
        "attack",
        "an honest person's words stored, p50 under the worst attack",
        "< 1 s",
        lambda r: "{} ({})".format(*_worst(r)),
        lambda r: all(row["stored_p50_ms"] < 1_000 for row in r["rows"].values()),
    ),
    Target(
        "attack",
        "words of honest people that were lost, or not stored in the end, under all attacks",
        "0",
        lambda r: str(_missing(r)),
        lambda r: _missing(r) == 0,
    ),
    Target(
        "files",
        "memory with the decoder, ten of the dearest pictures on each channel at once",
        "< 600 MB",
        lambda r: f"{r['bombs']['peak_mb']:.0f} MB",
        lambda r: r["bombs"]["peak_mb"] < 600,
    ),
    Target(
        "files",
        "… ten photos of 17 MB on each channel at once",
        "< 600 MB",
        lambda r: f"{r['heavy']['peak_mb']:.0f} MB",
        lambda r: r["heavy"]["peak_mb"] < 600,
    ),
)


def _worst(found: Mapping[str, Any]) -> tuple[str, str]:
    kind, row = max(found["rows"].items(), key=lambda pair: pair[1]["stored_p50_ms"])
    return _ms(row["stored_p50_ms"]), kind


def _missing(found: Mapping[str, Any]) -> int:
    return sum(row["lost"] + row["not_stored"] for row in found["rows"].values())


def _results() -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))}


def lines_of(benchmark: str) -> list[str]:
    """Say what a benchmark showed, for the terminal."""
    found = _results()[benchmark]
    return [
        f"{'  ' if one.met(found) else '! '}{one.what}: {one.seen(found)} (wanted: {one.wanted})"
        for one in TARGETS
        if one.benchmark == benchmark
    ]


def write() -> None:
    """Write the table into the page, and draw the chart."""
    found = _results()
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{_table(found)}\n{END}{after}")
    if "dialogue" in found:
        _draw(found["dialogue"])


def _table(found: Mapping[str, Any]) -> str:
    lines = ["| what | target | seen | | repeat with |", "|---|---|---|---|---|"]
    for one in TARGETS:
        if one.benchmark in found:
            result = found[one.benchmark]
            met = "yes" if one.met(result) else "**no**"
            lines.append(
                f"| {one.what} | {one.wanted} | {one.seen(result)} | {met} | "
                f"`make bench T={one.benchmark}` |"
            )
    if "dialogue" in found:
        lines += ["", *_dialogue_table(found["dialogue"])]
    if "attack" in found:
        lines += ["", *_attack_table(found["attack"])]
    lines += ["", *_circumstances(found), ""]
    return "\n".join(lines)


def _dialogue_table(found: Mapping[str, Any]) -> list[str]:
    lines = [
        "| bot | updates/s | p50 | p99 | calls/update | CPU/update | queued: updates/s |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, said in NAMES.items():
        one, queued = found["dialogue"][name], found["queued"][name]
        lines.append(
            f"| {said} | {one['per_second']:,.0f} | {_ms(one['p50_ms'])} | {_ms(one['p99_ms'])} | "
            f"{one['calls_per_update']:.2f} | {one['bot_cpu_us_per_update']:,.0f} µs | "
            f"{queued['per_second']:,.0f} |"
        )
    ours = found["dialogue"]["linli"]
    lines += [
        "",
        f"The town (the fake Bot API and its people) used {ours['town_cpu_share']:.0%} of a core "
        f"while Linli used {ours['bot_cpu_share']:.0%} of another: it was not the bottleneck.",
    ]
    return lines


def _attack_table(found: Mapping[str, Any]) -> list[str]:
    lines = [
        "| attack on the web chat | honest: stored p50 | p95 | newcomers: first words stored p50 "
        "| answered p50 | peak memory |",
        "|---|---|---|---|---|---|",
    ]
    for kind, row in found["rows"].items():
        lines.append(
            f"| {kind} | {_ms(row['stored_p50_ms'])} | {_ms(row['stored_p95_ms'])} | "
            f"{_ms(row['newcomer_p50_ms'])} | {_ms(row['answered_p50_ms'])} | "
            f"{row['peak_mib']:.0f} MiB |"
        )
    return lines


def _circumstances(found: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, result in found.items():
        about = result["about"]
        lines.append(
            f"- `{name}`: {about['measured_at'][:16].replace('T', ' ')} UTC, "
            f"{about['cores']} cores (load before: {about['load_before']}), "
            f"Python {about['python']}, SQLite {about['sqlite']}, {about['took_seconds']:.0f} s."
        )
    return lines


def _draw(found: Mapping[str, Any]) -> None:
    """Draw the updates a second of every bot; the same results give the same file."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "linli"
    mpl.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot

    names = list(reversed(NAMES))
    values = [found["dialogue"][name]["per_second"] for name in names]
    figure, axes = pyplot.subplots(figsize=(9, 3.2), layout="constrained")
    colours = [_OURS if name == "linli" else _PEERS for name in names]
    bars = axes.barh([NAMES[name] for name in names], values, color=colours)
    axes.bar_label(
        bars,
        [
            f"{value:,.0f}/s, p99 {found['dialogue'][name]['p99_ms']:,.0f} ms"
            for name, value in zip(names, values, strict=True)
        ],
        padding=6,
        color=_INK,
    )
    axes.set_xlim(0, max(values) * 1.35)
    axes.set_title(
        f"Updates handled a second: {found['residents']} residents file service requests",
        loc="left",
        color=_INK,
    )
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.xaxis.set_visible(False)
    figure.savefig(CHART, metadata={"Date": None})
    pyplot.close(figure)
