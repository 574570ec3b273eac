"""One `Alarm` from whatever came in: EventBridge, SNS, a direct alarm action, an AWS service event, a person.

Shapes: CloudWatch User Guide, "Alarm events and EventBridge" and "Invoke a Lambda function from an alarm". What strangers
wrote is cut to a bounded length here, once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

from functions.core.alarm import Alarm, Kind, Via
from functions.core.arn import Arn, parse_alarm_arn
from functions.core.errors import InvalidEvent
from functions.core.manual import requested
from functions.core.metrics import Watched, from_configuration, from_trigger

_LONGEST_TEXT = 1000
_MOST_DETAILS, _MOST_LISTED, _DEEPEST = 300, 10, 6
_NAMES = ("EventID", "eventName", "eventArn", "id")
"""Where a service event says which one it is; GuardDuty and Health send theirs again whenever there is news of it."""
_STATES = "OK | ALARM | INSUFFICIENT_DATA"
_STATE_CHANGE = "CloudWatch Alarm State Change"


def normalise(event: object, here: Arn, now: datetime, delivery: str) -> list[Alarm | InvalidEvent]:
    """The alarms of an event, each on its own: one bad record among several spoils only itself.

    `here` is this function's ARN: whatever comes from another account or Region is refused.
    """
    body = _mapping(event, "event")
    records = body.get("Records")
    if isinstance(records, list) and records:
        return [_attempt(partial(_from_sns, record), here) for record in records]
    return [_attempt(partial(_single, body, here, now, delivery), here)]


def _attempt(read: Callable[[], Alarm], here: Arn) -> Alarm | InvalidEvent:
    try:
        alarm = read()
        if (alarm.account, alarm.region) != (here.account, here.region):
            found = f"{alarm.account}/{alarm.region}"
            raise InvalidEvent("account/region of the event", found, f"{here.account}/{here.region}, where this runs")
    except InvalidEvent as error:
        return error
    return alarm


def _single(body: Mapping[str, Any], here: Arn, now: datetime, delivery: str) -> Alarm:
    if "alarmData" in body:
        arn = parse_alarm_arn(body.get("alarmArn"), "alarmArn")
        return _state_change(_mapping(body["alarmData"], "alarmData"), arn, Via.ALARM_ACTION)
    if body.get("detail-type") == _STATE_CHANGE:
        arn = parse_alarm_arn(next(iter(_list(body.get("resources"), "resources")), None), "resources[0]")
        return _state_change(_mapping(body.get("detail"), "detail"), arn, Via.EVENTBRIDGE)
    if "detail-type" in body:
        return _service_event(body)
    if "target" in body:
        return requested(body, here, now, delivery)
    shapes = "an EventBridge event, an SNS record, a CloudWatch alarm action, or a request with a target"
    raise InvalidEvent("event", sorted(map(str, body))[:10], shapes)


def _state_change(body: Mapping[str, Any], arn: Arn, via: Via) -> Alarm:
    state = _mapping(body.get("state"), "state")
    data = _json(state.get("reasonData"))
    watched = from_configuration(_mapping(body.get("configuration") or {}, "configuration"))
    muted = _muted(body.get("muteDetail") or state.get("muteDetail"))
    return _alarm(
        arn, via, watched, state=state.get("value"), at=state.get("timestamp"), reason=state.get("reason"),
        previous=_mapping(body.get("previousState") or {}, "previousState").get("value"),
        reason_data=data, suppressed_by=_text(state.get("actionsSuppressedBy")) or muted,
    )  # fmt: skip


def _from_sns(record: object) -> Alarm:
    sns = _mapping(_mapping(record, "Records[]").get("Sns"), "Records[].Sns")
    text = sns.get("Message")
    try:
        message = _mapping(json.loads(text) if isinstance(text, str) else text, "Records[].Sns.Message")
    except ValueError:
        raise InvalidEvent("Records[].Sns.Message", text, "the JSON of a CloudWatch alarm") from None
    arn = parse_alarm_arn(message.get("AlarmArn"), "AlarmArn")
    trigger = _mapping(message.get("Trigger") or {}, "Trigger")
    data = {"threshold": trigger["Threshold"]} if isinstance(trigger.get("Threshold"), int | float) else {}
    return _alarm(
        arn, Via.SNS, from_trigger(message, trigger), state=message.get("NewStateValue"),
        at=message.get("StateChangeTime"), reason=message.get("NewStateReason"), previous=message.get("OldStateValue"),
        reason_data=data, suppressed_by=None,
    )  # fmt: skip


def _alarm(
    arn: Arn, via: Via, watched: Watched, *, state: object, at: object, reason: object, previous: object,
    reason_data: Mapping[str, Any], suppressed_by: str | None,
) -> Alarm:  # fmt: skip
    if state not in _STATES.split(" | "):
        raise InvalidEvent("the alarm's state", state, _STATES)
    return Alarm(
        kind=watched.kind,
        via=via,
        arn=str(arn),
        name=_text(arn.resource.removeprefix("alarm:")),
        account=arn.account,
        region=arn.region,
        partition=arn.partition,
        state=str(state),
        previous=_text(previous) or None,
        at=read_time(at, "the time of the alarm's state"),
        metrics=watched.metrics,
        reason=_text(reason),
        reason_data=_numbers(reason_data),
        suppressed_by=suppressed_by or None,
    )


def _service_event(body: Mapping[str, Any]) -> Alarm:
    detail = _mapping(body.get("detail"), "detail")
    resources = tuple(_text(item) for item in _list(body.get("resources"), "resources")[:10])
    name = next(filter(None, (_text(detail.get(field)) for field in _NAMES)), "event")
    at = read_time(body.get("time"), "time")
    return Alarm(
        kind=Kind.EVENT,
        via=Via.EVENTBRIDGE,
        arn=f"{next(iter(resources), _text(body.get('source')))}#{name}",
        name=f"{_text(body.get('detail-type'))} {name}",
        account=_text(body.get("account")),
        region=_text(body.get("region")),
        state="ALARM",
        at=at,
        reason=_text(detail.get("Message") or detail.get("reason")),
        source=_text(body.get("source")),
        detail_type=_text(body.get("detail-type")),
        detail=dict(islice(_scalars(detail), _MOST_DETAILS)),
        resources=resources,
    )


def read_time(text: object, field: str) -> datetime:
    """An aware UTC time of `2024-02-17T11:53:08.431+0000` or `2024-02-17T11:53:08Z`. Raises InvalidEvent."""
    try:
        moment = datetime.fromisoformat(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InvalidEvent(field, text, "a time like 2024-02-17T11:53:08.431+0000") from None
    if moment.tzinfo is None:
        raise InvalidEvent(field, text, "a time with its offset, like 2024-02-17T11:53:08.431+0000")
    return moment.astimezone(UTC)


def _muted(detail: object) -> str | None:
    """User Guide, "Alarm events and EventBridge": `muteDetail` stands beside the state and names its rule as `mutedByArn`."""
    if not detail:
        return None
    rule = _text(detail.get("mutedByArn")) if isinstance(detail, Mapping) else ""
    return f"the mute rule {rule}" if rule else "an alarm mute rule"


def _scalars(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts, numbers and truth values of an event by their path; a list by its numbers from 0. The outer ones come first."""
    level = [("", detail)]
    for _ in range(_DEEPEST + 1):
        found = [(f"{path}{_text(str(key))}", value) for path, part in level for key, value in part.items()]
        yield from ((name, _text(str(value))) for name, value in found if isinstance(value, str | int | float))
        level = [(f"{name}.", _part(value)) for name, value in found]


def _part(value: object) -> Mapping[str, Any]:
    if isinstance(value, list):
        return {str(number): item for number, item in enumerate(value[:_MOST_LISTED])}
    return value if isinstance(value, Mapping) else {}


def _numbers(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of the alarm's reason data only what is used: the threshold and the last datapoints."""
    kept: dict[str, Any] = {}
    if isinstance(data.get("threshold"), int | float):
        kept["threshold"] = data["threshold"]
    points = data.get("recentDatapoints")
    if isinstance(points, list):
        kept["recentDatapoints"] = [point for point in points if isinstance(point, int | float)][-10:]
    return kept


def _json(text: object) -> dict[str, Any]:
    try:
        data = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _text(value: object) -> str:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else ""


def _mapping(value: object, field: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidEvent(field, value, "an object")
    return value


def _list(value: object, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidEvent(field, value, "a list")
    return value
