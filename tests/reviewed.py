"""Incidents to review: a busy one with something of everything, and what may be varied in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from functions.core.alarm import Alarm, Kind, Metric, Via
from functions.core.decision import Decline
from functions.core.drift import Drift
from functions.core.incident.incident import Incident, Moment, Severity
from functions.core.incident.ports import Line, Story
from functions.core.incident.review.draft import draft
from functions.core.incident.review.review import Curve, Review
from functions.core.policy import Mode
from functions.core.run import Outcome, Phase, Run, Step, StepState, Verdict
from tests.events import ACCOUNT, REGION, alarm_arn

DETECTED = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)
ID, JOINER = "INC-20261123-0a1b2c3d", "INC-20261123-9f8e7d6c"
WEB = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/web"
ORDERS = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders"


def after(minutes: float) -> datetime:
    return DETECTED + timedelta(minutes=minutes)


def alarm(name: str, at: datetime, **over: Any) -> Alarm:
    said: dict[str, Any] = {
        "kind": Kind.METRIC,
        "via": Via.EVENTBRIDGE,
        "arn": alarm_arn(name),
        "name": name,
        "account": ACCOUNT,
        "region": REGION,
        "state": "ALARM",
        "at": at,
        "metrics": (Metric(namespace="AWS/ECS", name="CPUUtilization", dimensions={"ServiceName": "web"}),),
        "reason": "Threshold Crossed: 3 datapoints were greater than the threshold (80.0)",
        "reason_data": {
            "threshold": 80.0,
            "statistic": "Average",
            "period": 60,
            "recentDatapoints": [97.1, 96.2, 91.0],
        },
    }
    return Alarm(**{**said, **over})


def plan(reason: str, changes: Mapping[str, tuple[str, str]], usd: str | None = "0", **over: Any) -> dict[str, Any]:
    """`changes` are the action, its line and its way back."""
    return {
        "actions": [{"action": action} for action in changes],
        "lines": [line for line, _ in changes.values()],
        "way_back": [back for _, back in changes.values()],
        "reason": reason,
        "cost_per_month_usd": usd,
        "hash": "5f1c",
        "mode": "act",
        **over,
    }


def run(name: str, what: Alarm, begin: float, end: float, outcome: Outcome, **over: Any) -> Run:
    said: dict[str, Any] = {
        "id": f"{name}-{what.transition}",
        "incident": ID,
        "remediation": name,
        "target": WEB,
        "alarm": what,
        "opened_at": after(begin),
        "deadline": after(begin + 120),
        "due": after(end),
        "phase": Phase.ENDED,
        "phase_since": after(end),
        "outcome": outcome,
        "mode": Mode.ACT,
    }
    return Run(**{**said, **over})


def step(action: str, at: float, state: StepState = StepState.DONE, **over: Any) -> Step:
    return Step(action={"action": action}, state=state, at=after(at), **over)


CPU, ERRORS = alarm("web-cpu-high", after(-0.15)), alarm("web-5xx", after(9), reason="5XX above 5 %")
STORAGE = alarm("orders-storage-low", after(20), reason="FreeStorageSpace below 10 GiB")
GUARDS = {
    "silence": "the alarm's owner lets it be answered",
    "flapping": "1 transition to ALARM within the last hour, 4 are allowed",
    "own_echo": "no change of ours came shortly before",
    "budget": "1 of 3 changes within 24 hours",
    "cost": "USD 29.57 a month, below the USD 100 that need an approval",
}
SCALED = run(
    "scale_out_ecs_service", CPU, 0, 8, Outcome.UNDONE, guards=GUARDS,
    plan=plan("CPU of all 4 tasks is above 90 %", {"SetDesiredCount": ("run 6 tasks of web", "run 4 tasks of web")}, "59.14"),
    steps=(
        step("SetDesiredCount", 1, note="6 of 6 tasks run"),
        step("SetDesiredCount", 7.5, undoes=0, note="4 of 4 tasks run"),
    ),
)  # fmt: skip
ROLLED = run(
    "roll_back_ecs_deployment", ERRORS, 9.2, 16, Outcome.RECOVERED, incident=JOINER, guards=GUARDS,
    caused_by=SCALED.id, depth=1, verdict=Verdict(
        approves=True, plan_hash="5f1c", by="Ann Example", reason="the new release is the only change", at=after(11)
    ),
    plan=plan(
        "the deployment of 11:52 answers 38 % of the requests with 5XX, the one before did not",
        {"RollBack": ("run task definition web:41 in place of web:42", "run task definition web:42")},
        ask_first="a deployment is taken back",
    ),
    steps=(step("RollBack", 12, note="4 of 4 tasks run web:41"),),
)  # fmt: skip
GREW = run(
    "extend_rds_storage", STORAGE, 20.2, 31, Outcome.RECOVERED, target=ORDERS, incident=JOINER, guards=GUARDS,
    plan=plan(
        "8 % of 100 GiB are left, which last for 5 hours",
        {
            "CreateDbSnapshot": ("snapshot orders as orders-before-0a1b", "none: a snapshot is kept until it is deleted"),
            "GrowVolume": ("grow orders from 100 to 150 GiB", "none: RDS storage never shrinks"),
        },
        "5.75",
    ),
    steps=(step("CreateDbSnapshot", 22, note="available"), step("GrowVolume", 30, note="150 GiB are in effect")),
)  # fmt: skip
RAISED = run(
    "scale_up_ecs_task", CPU, 33, 41, Outcome.RECOVERED, guards=GUARDS, give_back_at=after(24 * 60),
    plan=plan("memory of the tasks is short", {"SetSize": ("give each task of web 2 vCPU", "give each task 1 vCPU")}, "23.10"),
    steps=(step("SetSize", 36, note="4 of 4 tasks have it"),),
)  # fmt: skip
DECLINED = run(
    "fail_over_database", STORAGE, 21, 21.1, Outcome.DECLINED, target=ORDERS, incident=JOINER,
    decline=Decline(
        code="not_multi_az", seen="orders has no standby to fail over to",
        advice="Decide whether orders needs a standby, and turn Multi-AZ on in its template",
    ),
)  # fmt: skip
RUNS = (SCALED, ROLLED, GREW, DECLINED, RAISED)
DRIFTS = (
    Drift(
        stack="shop-data", stack_id="arn:stack", logical_id="Orders", resource=ORDERS, resource_type="AWS::RDS::DBInstance",
        property="AllocatedStorage", old="100", new="150", literal=True, incident=JOINER, run=GREW.id, step=1, at=after(30),
    ),
    Drift(
        stack="elsewhere", stack_id="arn:other", logical_id="Other", resource="other", resource_type="AWS::RDS::DBInstance",
        property="AllocatedStorage", old="1", new="2", literal=True, incident="INC-other", run="r", step=0, at=after(30),
    ),
)  # fmt: skip
INCIDENT = Incident(
    id=ID,
    title="web-cpu-high",
    service="shop",
    target=WEB,
    targets=(WEB, ORDERS),
    environment="production",
    opened_at=DETECTED,
    severity=Severity.P1,
    severity_why="a service that customers use is concerned",
    response_due=after(15),
    resolution_due=after(4 * 60),
    acknowledged=Moment(at=after(19.5), by="Ann Example"),
    mitigated=Moment(at=after(41), by="scale_up_ecs_task"),
    resolved=Moment(at=after(62), by="first-responder"),
    joiners=(JOINER,),
    missed=("response",),
    escalated_to=1,
    version=9,
)


def line(minutes: float, kind: str, text: str, of: Run | None = None) -> Line:
    return Line(
        at=after(minutes), kind=kind, text=text, incident=of.incident if of else ID,
        remediation=of.remediation if of else "", run=of.id if of else "",
    )  # fmt: skip


LINES = (
    line(0, "opened", "P3: the default. CPU of all 4 tasks is above 90 %"),
    line(0.1, "plan", "CPU of all 4 tasks is above 90 %: run 6 tasks of web (USD 59.14 a month)", SCALED),
    line(1, "proving", "all changes are in effect", SCALED),
    line(7, "undoing", "the change did not help: CPU is at 96 %", SCALED),
    line(8, "undone", "taken back what could be taken back.", SCALED),
    line(9.1, "joined", f"{JOINER} has joined: web-5xx on {WEB}"),
    line(9.2, "severity", "raised from P3 to P1: 2 resources of one service are concerned"),
    line(9.5, "proposed", "roll back to web:41; a deployment is taken back", ROLLED),
    line(12, "reminder", "nobody has taken it on; a response is due in 3 minutes"),
    line(15, "missed", "no response within 15 minutes"),
    line(15.1, "escalation", "the second contact is called"),
    line(16, "recovered", "no 5XX for 3 minutes", ROLLED),
    line(19.5, "acknowledged", "Ann Example has taken it on"),
    line(21.1, "declined", "not_multi_az: orders has no standby to fail over to", DECLINED),
    line(31, "recovered", "150 GiB are in effect and the alarm is OK", GREW),
    line(41, "recovered", "CPU is at 61 %", RAISED),
    line(41, "mitigated", "CPU is at 61 %"),
    line(62, "resolved", "all alarms have been OK for 20 minutes"),
)
STORY = Story(incident=INCIDENT, lines=LINES, runs=RUNS, places={})


def curve() -> Curve:
    """CPU that climbs for ten minutes before the alarm, and falls when the tasks are larger."""
    values = [
        min(97.0, 38 + max(0, minute + 22) * 4.2) if minute < 36 else max(52.0, 97 - (minute - 36) * 7.5)
        for minute in range(-60, 75)
    ]
    points = tuple(
        (after(minute), min(100.0, value + minute * 7 % 5))
        for minute, value in zip(range(-60, 75), values, strict=True)
    )
    kept = tuple(point for point in points if not after(-40) < point[0] < after(-33))
    return Curve(name="AWS/ECS CPUUtilization, Average of 60 s", points=kept, threshold=80.0, above=True)


def days_later(since: datetime, days: int) -> date:
    return since.date() + timedelta(days=days)


def review(
    story: Story = STORY, *, shown: Curve | None = None, drifts: tuple[Drift, ...] = DRIFTS, **over: Any
) -> Review:
    """The draft of the busy incident; `over` are fields of the incident that differ."""
    varied = replace(story, incident=replace(story.incident, **over))
    return draft(varied, drifts, shown or curve(), after=days_later, now=after(63))
