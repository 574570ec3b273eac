"""A drill on the terminal. Everything that is shown is escaped: names and reasons are strangers' words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from drills.arrivals import counts, twice
from drills.arrived import Arrival
from drills.play import Played, before_the_change

_COLOURS = {
    "break": "bold red",
    "person": "bold",
    "alarm": "yellow",
    "change": "bold cyan",
    "recovered": "bold green",
    "escalated": "bold red",
    "undone": "bold red",
    "undoing": "red",
    "slack": "magenta",
    "pagerduty": "magenta",
    "ticket": "magenta",
    "mail": "magenta",
}
_ONE_LINE: dict[str, Any] = {"no_wrap": True, "overflow": "ellipsis"}
_PLACES = ("slack", "pagerduty", "ticket", "mail")


def line(console: Console, at: str, kind: str, text: str) -> None:
    console.print(
        f"[dim]{at[11:23]}[/] [{_COLOURS.get(kind, 'blue')}]{escape(kind):12}[/] {escape(text)}",
        **_ONE_LINE if kind in _PLACES else {},
    )


def incident(console: Console, played: Played) -> None:
    """The incident as it stands in DynamoDB."""
    if not played.items:
        return
    table = Table(title=f"in DynamoDB: pk {escape(played.items[0]['pk'])}", title_justify="left", box=SIMPLE)
    table.add_column("sk", no_wrap=True, max_width=36)
    table.add_column("what", overflow="fold")
    for item in played.items:
        if item["sk"].startswith(("PLACE#", "SENT#")):
            continue
        table.add_row(escape(item["sk"]), escape(_what(item)))
    console.print(table)


def _what(item: dict[str, Any]) -> str:
    if item["sk"] == "INCIDENT":
        return f"{item['severity']}, {item['status']}: {item['title']} on {item['target']}"
    if not item["sk"].startswith("RUN#"):
        return f"{item['kind']}: {item['text']}"
    plan, ended = item["record"]["plan"], item["outcome"] or item["phase"]
    priced = f", plan {plan['hash']}, USD {plan['cost_per_month_usd']} a month" if plan else ""
    return f"{ended}, written {item['version']} times{priced}"


def summary(console: Console, played: Sequence[Played], seconds: float) -> None:
    console.rule("summary")
    for one in played:
        verdict = f"[bold red]wrong: {escape(one.wrong)}[/]" if one.wrong else f"[bold green]{escape(one.outcome)}[/]"
        counted = f", all told {one.told_after:.1f} s later; {_counted(one.calls)}" if one.calls else ""
        console.print(f"{escape(one.name):16} {verdict} after {one.seconds:.1f} s{counted}")
    console.print(f"whole drill {seconds:.0f} s; the local AWS and all that ran on it have ended")


def _counted(calls: Sequence[str]) -> str:
    return f"{before_the_change(calls)} AWS calls before the first change, {len(calls)} in all"


def told(console: Console, arrivals: Sequence[Arrival]) -> list[str]:
    """How much has come to each place about each incident, and what has come there more than once."""
    table = Table(title="messages per incident and place", title_justify="left", box=SIMPLE)
    for name in ("incident", *_PLACES):
        table.add_column(name, overflow="fold")
    for incident, found in groupby(counts(arrivals), key=lambda count: count.incident):
        cells = dict.fromkeys(_PLACES, "")
        for count in found:
            cells[count.place] = ", ".join(filter(None, (cells[count.place], f"{count.times} {count.what}")))
        table.add_row(*(escape(cell) for cell in (incident or "none", *cells.values())))
    console.print(table)
    again = twice(arrivals)
    style = "bold red" if again else "bold green"
    console.print(f"[{style}]came twice: {len(again)}[/]")
    for text in again:
        console.print(f"  {escape(text)}", style="bold red")
    return again
