"""An investigation that has found something of everything, told by people who write what they like."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.core.arn import parse_arn
from functions.core.incident.inquiry.findings import (
    CALL,
    DEPLOYMENT,
    STACK,
    Change,
    Findings,
    Firing,
    Health,
    LogLine,
    Part,
    Picture,
)
from functions.core.incident.inquiry.subject import Subject
from functions.core.incident.review.review import Curve
from functions.core.remediation import Audience

BEGAN = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'&\u202e\x1b[31m\r\nSubject: x"
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 40
SUBJECT = Subject(
    incident="INC-1",
    of="INC-1",
    title="web-cpu-high",
    severity="P2",
    audience=Audience.OPERATIONS,
    since=BEGAN,
    service="shop",
    targets=(parse_arn("arn:aws:ecs:eu-west-1:123456789012:service/shop/web", "target"),),
)
CURVE = Curve(name="CPUUtilization", points=((BEGAN, 50.0), (BEGAN + timedelta(minutes=1), 90.0)), threshold=80.0)


def minutes(number: int) -> datetime:
    return BEGAN + timedelta(minutes=number)


FOUND = Findings(
    subject=SUBJECT,
    looked_at=minutes(1),
    alarms=Part(items=(Firing(name="db-slow", kind="metric", since=minutes(-2), reason="Threshold Crossed"),)),
    changes=Part(
        items=(
            Change(at=minutes(-12), kind=DEPLOYMENT, what="a deployment", on="shop/web"),
            Change(at=minutes(-90), kind=STACK, what="an update", on="the stack shop"),
            Change(at=minutes(-3), kind=CALL, what="ModifyDBInstance", on="orders", by="ann"),
        ),
        notes=("CloudTrail lags by minutes",),
    ),
    logs=Part(items=(LogLine(at="2026-11-23 11:59:00.000", group="/shop/web", text="ERROR cannot connect"),)),
    health=Part(
        items=(
            Health(kind="targets", on="web", good=2, wanted=3, seen="1 unhealthy"),
            Health(kind="databases", on="orders", good=1, wanted=1, seen="available"),
        )
    ),
    pictures=Part(items=(Picture(title="the last 3 h", png=PNG), Picture(title="a week before", curve=CURVE))),
)
EMPTY = Findings(
    subject=SUBJECT, looked_at=minutes(1), alarms=Part(), changes=Part(), logs=Part(), health=Part(), pictures=Part()
)


def hostile() -> Findings:
    """Everything that a stranger can write is an attack."""
    said = (HOSTILE,)
    return replace(
        FOUND,
        subject=replace(SUBJECT, title=HOSTILE, service=HOSTILE, of=HOSTILE),
        alarms=Part(items=(Firing(name=HOSTILE, kind=HOSTILE, since=None, reason=HOSTILE),), notes=said),
        changes=Part(items=(Change(at=BEGAN, kind=CALL, what=HOSTILE, on=HOSTILE, by=HOSTILE),), missing=said),
        logs=Part(items=(LogLine(at=HOSTILE, group=HOSTILE, text=HOSTILE),), notes=said),
        health=Part(items=(Health(kind=HOSTILE, on=HOSTILE, good=0, wanted=1, seen=HOSTILE),), missing=said),
        pictures=Part(
            items=(
                Picture(title=HOSTILE, png=PNG),
                Picture(title=HOSTILE, curve=replace(CURVE, name=HOSTILE)),
                Picture(title=HOSTILE),
            ),
            missing=said,
        ),
    )
