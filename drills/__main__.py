"""`make drill`: set the stage, play the scenarios, show what happened, and fail where an end state is wrong."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from drills import nobody_answers, show
from drills.offstage import rehearse, rows
from drills.people_side import PeopleSide
from drills.places import settings_with, standing_in, store_secrets
from drills.play import Played, play, until_calm
from drills.scenarios import SCENARIOS, Scenario, chosen
from drills.stage import WAIT_SCALE, Say, Stage, StageError, deploy, local_aws
from drills.timeline import Tell
from drills.weather import Load, Weather

_SIMULATED = (
    "Simulated: the local AWS is an emulator (ministack) with plug-ins of this project. ECS, RDS, CloudWatch alarms and their "
    "timing are simulated and much faster than AWS: a one-minute alarm period passes in a second, a snapshot takes 1.5 s, and "
    f"the follow-through's waits are {1 / WAIT_SCALE:.0f} times shorter. The CDK app, the Lambda code, its runtime client and its "
    "record are the real ones. Slack, PagerDuty and Jira stand in on 127.0.0.1; a line that a place has refused is given again after 2 s, "
    "not after 6 minutes."
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
    if options.scenario != nobody_answers.NAME:
        try:
            chosen(options.scenario)
        except LookupError as error:
            parser.error(f"{error}, {nobody_answers.NAME}; or a row of the runbook: {', '.join(rows())}")
    try:
        return _drill(console, options.scenario)
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
    console.print("On the local AWS, only when it is named; by a person's report and the clocks:")
    console.print(f"  {nobody_answers.NAME:36} {nobody_answers.STORY}")
    console.print("In process, on an account in memory; `make drill SCENARIO=name` plays each of its scenes:")
    for name, does in rows().items():
        console.print(f"  {name:36} {does}")


def _rehearse(console: Console, row: str) -> int:
    """Needs no local AWS. 1 where a scene has left a run without an end."""
    console.print(_OFFSTAGE, style="dim")
    played = rehearse(row, _teller(console))
    console.rule("summary")
    for one in played:
        ends = ", then ".join(one.outcomes) or "no run"
        console.print(f"{one.scene.replace('_', ' ')}: [bold]{escape(ends)}[/]")
    return int(not all(one.outcomes for one in played))


def _drill(console: Console, name: str) -> int:
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s[/]  {escape(text)}")

    console.print(_SIMULATED, style="dim")
    unanswered = name == nobody_answers.NAME
    with console.status("setting the stage") as status, standing_in() as places, local_aws(say=say) as stage:
        status.update("cdk bootstrap, cdk synth, cdk deploy")
        store_secrets(stage)
        settings = settings_with(places, nobody_answers.SETTINGS if unanswered else None)
        deploy(stage, settings=settings, say=say)
        people = PeopleSide(stage, places, tell := _teller(console))
        if unanswered:
            status.update(nobody_answers.STORY)
            played = [nobody_answers.play_nobody_answers(stage, people, tell)]
            show.incident(console, played[0])
        else:
            played = _scenarios(console, chosen(name), stage, people, say, status)
    again = show.told(console, people.arrivals.all)
    show.summary(console, played, time.monotonic() - began)
    return int(bool(again) or any(one.wrong for one in played))


def _scenarios(
    console: Console, scenarios: Sequence[Scenario], stage: Stage, people: PeopleSide, say: Say, status: Status
) -> list[Played]:
    """One after the other, on a quiet day."""
    weather = Weather(stage, Load())
    weather.start()
    try:
        status.update("waiting for the alarms to be calm")
        until_calm(stage)
        say("the alarms are calm")
        played = []
        for scenario in scenarios:
            console.rule(escape(scenario.name))
            status.update(f"{scenario.story}; waiting for {scenario.remediation}")
            played.append(play(scenario, stage, weather.load, _teller(console), people))
            show.incident(console, played[-1])
        return played
    finally:
        weather.stop()


def _teller(console: Console) -> Tell:
    return lambda at, kind, text: show.line(console, at, kind, text)


if __name__ == "__main__":
    sys.exit(main())
