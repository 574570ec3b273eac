"""`make drill`: set the stage, play the scenarios, show what happened, and fail where an end state is wrong."""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from drills.offstage import rehearse, rows
from drills.play import Played, play, until_calm
from drills.scenarios import SCENARIOS, Scenario, chosen
from drills.stage import WAIT_SCALE, StageError, deploy, local_aws
from drills.weather import Load, Weather

_COLOURS = {
    "break": "bold red",
    "person": "bold",
    "alarm": "yellow",
    "change": "bold cyan",
    "recovered": "bold green",
    "escalated": "bold red",
    "undone": "bold red",
    "undoing": "red",
}
_CHANGE = re.compile(r"(rds|ecs|application-autoscaling):(Create|Modify|Update|Stop|Register)")
_SIMULATED = (
    "Simulated: the local AWS is an emulator (ministack) with plug-ins of this project. ECS, RDS, CloudWatch alarms and their "
    "timing are simulated and much faster than AWS: a one-minute alarm period passes in a second, a snapshot takes 1.5 s, and "
    f"the follow-through's waits are {1 / WAIT_SCALE:.0f} times shorter. The CDK app, the Lambda code, its runtime client and its "
    "record are the real ones."
)
_OFFSTAGE = (
    "Simulated: this row is played in process. Its code is the real one; AWS is moto or an account in memory that is held to "
    "botocore's models, the record is kept in memory, and waits pass at once by a clock of their own."
)


def main() -> int:
    """0 where every scenario ended as it should, 1 where one did not, 2 where the stage could not be set."""
    parser = argparse.ArgumentParser(
        prog="make drill", description="Break a sample workload and watch it being mended."
    )
    parser.add_argument("--scenario", default="", help="play only this one, or this row of the runbook")
    parser.add_argument("--list", action="store_true", help="list the scenarios and the rows")
    options = parser.parse_args()
    console = Console(highlight=False)
    if options.list:
        _list(console)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.scenario in rows():
        return _rehearse(console, options.scenario)
    try:
        scenarios = chosen(options.scenario)
    except LookupError as error:
        parser.error(f"{error}; or a row of the runbook: {', '.join(rows())}")
    try:
        return _drill(console, scenarios)
    except StageError as error:
        console.print(f"[bold red]drill: {escape(str(error))}[/]", soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("drill: stopped; everything that it had started is ended")
        return 130


def _list(console: Console) -> None:
    console.print("On the local AWS, by alarm, event or a person; `make drill` plays them all:")
    for scenario in SCENARIOS:
        console.print(f"  {scenario.name:36} {scenario.story}")
    console.print("In process, on an account in memory; `make drill SCENARIO=name` plays each of its scenes:")
    for name, does in rows().items():
        console.print(f"  {name:36} {does}")


def _rehearse(console: Console, row: str) -> int:
    """Needs no local AWS. 1 where a scene has left a run without an end."""
    console.print(_OFFSTAGE, style="dim")
    played = rehearse(row, lambda at, kind, text: _line(console, at, kind, text))
    console.rule("summary")
    for one in played:
        ends = ", then ".join(one.outcomes) or "no run"
        console.print(f"{one.scene.replace('_', ' ')}: [bold]{escape(ends)}[/]")
    return int(not all(one.outcomes for one in played))


def _drill(console: Console, scenarios: tuple[Scenario, ...]) -> int:
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s[/]  {escape(text)}")

    console.print(_SIMULATED, style="dim")
    with console.status("setting the stage") as status, local_aws(say=say) as stage:
        status.update("cdk bootstrap, cdk synth, cdk deploy")
        deploy(stage, say=say)
        load = Load()
        weather = Weather(stage, load)
        weather.start()
        status.update("waiting for the alarms to be calm")
        until_calm(stage)
        say("the alarms are calm")
        try:
            played = []
            for scenario in scenarios:
                console.rule(escape(scenario.name))
                status.update(f"{scenario.story}; waiting for {scenario.remediation}")
                played.append(play(scenario, stage, load, lambda at, kind, text: _line(console, at, kind, text)))
                _incident(console, played[-1])
        finally:
            weather.stop()
    _summary(console, played, time.monotonic() - began)
    return int(any(one.wrong for one in played))


def _line(console: Console, at: str, kind: str, text: str) -> None:
    console.print(f"[dim]{at[11:23]}[/] [{_COLOURS.get(kind, 'blue')}]{escape(kind):12}[/] {escape(text)}")


def _incident(console: Console, played: Played) -> None:
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


def _summary(console: Console, played: list[Played], seconds: float) -> None:
    console.rule("summary")
    for one in played:
        verdict = f"[bold red]wrong: {escape(one.wrong)}[/]" if one.wrong else f"[bold green]{escape(one.outcome)}[/]"
        first = next((i for i, call in enumerate(one.calls) if _CHANGE.match(call)), len(one.calls))
        counted = f"{first} AWS calls before the first change, {len(one.calls)} in all"
        console.print(f"{one.scenario.name:16} {verdict} after {one.seconds:.1f} s, {counted}")
    console.print(f"whole drill {seconds:.0f} s; the local AWS and all that ran on it have ended")


if __name__ == "__main__":
    sys.exit(main())
