"""Looks through the backups of all databases and tells the default event bus of what is wrong. Changes nothing.

Called in each of the hours of `functions/readings/backup_gaps.py`, on a schedule: a database has its turn once a day, and its
gap is one event, for `functions/remediations/audit_backups.py`. Invoked by hand it answers with all gaps that there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.core.errors import FirstResponderError
from functions.core.normalise import read_time
from functions.core.ports import Aws
from functions.readings.backup_gaps import AT_ONCE, Found, due, entry
from functions.readings.rds import tags_of
from functions.readings.rds_backups import backups, every_database, gap
from functions.readings.rds_our_snapshots import expired
from functions.sizing.backup_retention import required
from functions.wiring import in_lambda

logger = Logger(service="first-responder")


class NotSent(FirstResponderError):
    """The event bus has not taken some of the events. What is sent again is the same transition, and answered once."""


def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
    """Raises NotSent, what RDS or the event bus raises, and InvalidEvent for a time that is none: Lambda then tries again."""
    aws = _aws()
    said = event.get("time") if isinstance(event, Mapping) else None
    return audit(aws, aws.now() if said is None else read_time(said, "time"))


def audit(aws: Aws, at: datetime) -> dict[str, Any]:
    """One turn. `at` is the schedule's time: tried again later, it is still the same turn.

    Answers with all gaps, the ARNs that were sent, those that were left for another day, and our expired snapshots.
    """
    found = list(_gaps(aws))
    ours = due(found, at)
    now, left = ours[:AT_ONCE], ours[AT_ONCE:]
    over = expired(aws, aws.now())
    report = {
        "gaps": [{"arn": one.arn, "gap": one.gap.value, "days": one.days, "required": one.required} for one in found],
        "sent": [one.arn for one in now],
        "left_for_another_day": [one.arn for one in left],
        "expired_snapshots": {"names": list(over.names), "gib": over.gib},
    }
    _send(aws, now, at)
    logger.info("looked through the backups of all databases", extra={"audit": report})
    return report


def _gaps(aws: Aws) -> Iterator[Found]:
    for described in every_database(aws):
        kept, needed = backups(described), required(tags_of(described))
        wrong = gap(kept, needed.days, aws.now())
        if wrong is not None:
            yield Found(arn=kept.arn, gap=wrong, days=kept.days, required=needed.days)


def _send(aws: Aws, found: Sequence[Found], at: datetime) -> None:
    """In one call, of which the bus may take a part: the others are named in what is raised."""
    if not found:
        return
    answer = aws.client("events").put_events(Entries=[entry(one, at) for one in found])
    if not answer["FailedEntryCount"]:
        return
    refused = [
        f"{one.arn} ({said['ErrorCode']})"
        for one, said in zip(found, answer["Entries"], strict=True)
        if "ErrorCode" in said
    ]
    raise NotSent(f"{len(refused)} of {len(found)} events were not taken: {', '.join(refused)}")


@cache
def _aws() -> Boto3Aws:
    return Boto3Aws(SystemClock())


if in_lambda():
    _aws().warm(("rds", "events"))
