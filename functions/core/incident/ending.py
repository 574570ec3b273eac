"""Whether an incident is over: what has to hold for it, and what stays behind. Pure.

It is over when everything that was begun has ended, each alarm that has raised it has been OK for two of its windows, and the
service's own check passes. What cannot be read does not pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.core.alarm import Kind
from functions.core.incident.ports import Story
from functions.core.policy import SERVICE_CHECK_TAG
from functions.core.run import NO_EFFECT, Outcome, Phase, Run

_WINDOWS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmState:
    """As CloudWatch has it. `window` is what one evaluation looks at: period times evaluation periods."""

    state: str
    since: datetime
    window: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """`missing` says what does not hold yet, a sentence each; `stays` what is left behind."""

    missing: tuple[str, ...]
    stays: tuple[str, ...]

    @property
    def over(self) -> bool:
        return not self.missing

    @property
    def text(self) -> str:
        """For the timeline, at the end."""
        return "; ".join(["all has ended, and what raised it is quiet", *self.stays])


def alarms_of(story: Story) -> tuple[str, ...]:
    """The names of the alarms that have raised it, and of the checks that the owners of its resources have named."""
    arns = [run.alarm.arn for run in story.runs if run.alarm.kind not in (Kind.EVENT, Kind.MANUAL)]
    arns += [target for target in story.incident.targets if ":alarm:" in target]
    checks = [str(run.found.get("tags", {}).get(SERVICE_CHECK_TAG, "")) for run in story.runs]
    names = [arn.split(":alarm:", 1)[1] for arn in arns if ":alarm:" in arn]
    return tuple(dict.fromkeys([*names, *filter(None, checks)]))


def ending(story: Story, alarms: Mapping[str, AlarmState], now: datetime) -> Ending:
    """`alarms` by name, as far as they are there."""
    at_work = [f"{run.id} is still {run.phase}" for run in story.runs if run.phase is not Phase.ENDED]
    loud = [text for name in alarms_of(story) if (text := _loud(name, alarms.get(name), now))]
    return Ending(missing=(*at_work, *loud), stays=tuple(text for run in story.runs for text in _left(run)))


def _loud(name: str, alarm: AlarmState | None, now: datetime) -> str:
    if alarm is None:
        return f"the alarm {name} is not there any more"
    if alarm.state != "OK":
        return f"the alarm {name} is in {alarm.state} since {alarm.since:%Y-%m-%d %H:%M} UTC"
    quiet_at = alarm.since + _WINDOWS * alarm.window
    return f"the alarm {name} is OK, but not for two of its windows yet" if now < quiet_at else ""


def _left(run: Run) -> Iterator[str]:
    """A temporary change with its end, a lasting one with its price."""
    if run.plan is None or run.outcome is not Outcome.RECOVERED:
        return
    made = "; ".join(
        line for line, step in zip(run.plan["lines"], run.steps, strict=False) if step.state not in NO_EFFECT
    )
    if run.give_back_at is not None:
        yield f"temporary, to be taken back from {run.give_back_at:%Y-%m-%d %H:%M} UTC on: {made}"
    elif made and run.plan["cost_per_month_usd"] not in (None, "0"):
        yield f"stays, USD {run.plan['cost_per_month_usd']} a month: {made}"
