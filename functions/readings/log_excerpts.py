"""The log lines of the last half hour that speak of trouble, by one bounded query of Logs Insights for each log group.

Logs Insights is paid for by the bytes that it scans, which nothing but the time and the number of groups bounds: that many are
told. A query that is not done in time is stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.core.incident.inquiry.findings import LogLine, Part, together
from functions.core.incident.inquiry.masking import masked
from functions.core.permission import EVERYTHING, Allow
from functions.readings.look import UNREADABLE, Look, each, why
from functions.readings.rds import DESCRIBE_DB_INSTANCES, describe
from functions.readings.surroundings import Surroundings

_BY_ID = "of a query only its id is known, which has no resource scope in IAM"
START_QUERY = Allow(action="logs:StartQuery", on="arn:{partition}:logs:{region}:{account}:log-group:*")
GET_QUERY_RESULTS = Allow(action="logs:GetQueryResults", on=EVERYTHING, because=_BY_ID)
STOP_QUERY = Allow(action="logs:StopQuery", on=EVERYTHING, because=_BY_ID)
READS_OF_LOGS: tuple[Allow, ...] = (START_QUERY, GET_QUERY_RESULTS, STOP_QUERY, DESCRIBE_DB_INSTANCES)
BACK = timedelta(minutes=30)
_MOST_GROUPS, _MOST_LINES = 4, 20
_QUERY = (
    "fields @timestamp, @message"
    " | filter @message like /(?i)(error|exception|fatal|panic|timed? ?out|refused|denied|out of memory|too many)/"
    f" | sort @timestamp desc | limit {_MOST_LINES}"
)
_BETWEEN = timedelta(seconds=1)
_LONGEST_TIME = 30
_DONE, _FAILED = "Complete", ("Failed", "Cancelled", "Timeout", "Unknown")


@dataclass(frozen=True, slots=True)
class _Query:
    group: str
    id: str


def read_logs(look: Look, around: Surroundings) -> Part[LogLine]:
    """Of the services' tasks, and of the logs that databases export."""
    exported = each(
        look, around.databases, lambda name: f"the logs of {name}", lambda name: _exported(look, name)
    )  # fmt: skip
    groups = list(dict.fromkeys([*(name for one in around.near for name in one.log_groups), *exported.items]))
    begun = each(look, groups[:_MOST_GROUPS], lambda name: f"the log {name}", lambda name: [_start(look, name)])
    found = _collect(look, begun.items)
    notes = [*found.notes, *(f"the log {name} was not looked at: there are too many" for name in groups[_MOST_GROUPS:])]
    if not groups:
        notes.append("no log group is known that belongs to it")
    return Part(items=found.items, missing=(*exported.missing, *begun.missing, *found.missing), notes=tuple(notes[:10]))


def _exported(look: Look, name: str) -> Iterable[str]:
    """RDS User Guide, "Publishing database logs to Amazon CloudWatch Logs"."""
    found = describe(look.aws, name) or {}
    return [f"/aws/rds/instance/{name}/{log}" for log in found.get("EnabledCloudwatchLogsExports") or ()]


def _start(look: Look, group: str) -> _Query:
    now = look.aws.now()
    said = look.aws.client("logs").start_query(
        logGroupNames=[group],
        startTime=int((now - BACK).timestamp()),
        endTime=int(now.timestamp()),
        queryString=_QUERY,
        limit=_MOST_LINES,
    )
    return _Query(group, said["queryId"])


def _collect(look: Look, queries: Iterable[_Query]) -> Part[LogLine]:
    """Ask in turn until all are done or the time is over; then stop what is still running."""
    waiting, parts, scanned = list(queries), list[Part[LogLine]](), 0.0
    while waiting:
        answers = {query: _ask(look, query) for query in waiting}
        parts += [part for part, _ in answers.values() if part is not None]
        scanned += sum(more for _, more in answers.values())
        waiting = [query for query, (part, _) in answers.items() if part is None]
        if waiting and look.over:
            parts += [_late(query, _stop(look, query)) for query in waiting]
            break
        if waiting:
            look.pause(_BETWEEN)
    whole = together(parts)
    return Part(
        items=whole.items,
        missing=whole.missing,
        notes=(f"{scanned / 1e6:.1f} MB of logs were scanned",) if parts else (),
    )


def _ask(look: Look, query: _Query) -> tuple[Part[LogLine] | None, float]:
    """None while it is running; and how many bytes it has scanned."""
    try:
        said = look.aws.client("logs").get_query_results(queryId=query.id)
    except UNREADABLE as error:
        return _late(query, f": {why(error)}"), 0.0
    scanned = float((said.get("statistics") or {}).get("bytesScanned", 0.0))
    if said["status"] == _DONE:
        return Part(items=tuple(_lines(query, said))), scanned
    return (
        (_late(query, f": its query ended as {said['status']}"), scanned) if said["status"] in _FAILED else (None, 0.0)
    )


def _late(query: _Query, how: str) -> Part[LogLine]:
    return Part(missing=(f"the log {query.group} could not be read{how}",))


def _stop(look: Look, query: _Query) -> str:
    try:
        look.aws.client("logs").stop_query(queryId=query.id)
    except UNREADABLE as error:
        return f" in time, and its query could not be stopped: {why(error)}"
    return " in time; its query was stopped"


def _lines(query: _Query, said: Mapping[str, Any]) -> Iterator[LogLine]:
    for row in (said.get("results") or [])[:_MOST_LINES]:
        cells = {cell.get("field", ""): cell.get("value", "") for cell in row}
        at = cells.get("@timestamp", "")[:_LONGEST_TIME]
        yield LogLine(at=at, group=query.group, text=masked(cells.get("@message", "")))
