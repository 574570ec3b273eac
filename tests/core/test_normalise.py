"""Every shape that an alarm may come in, and every shape that it may not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from functions.core.alarm import Alarm, Kind, Via
from functions.core.arn import Arn, parse_arn
from functions.core.errors import InvalidEvent
from functions.core.normalise import normalise, read_time
from functions.core.policy import Mode
from tests.conftest import NOON
from tests.events import ACCOUNT, FUNCTION, REGION, alarm_action, eventbridge, metric_entry, sns, sns_message

HERE = parse_arn(FUNCTION, "here")
DISK = ("AWS/RDS", "FreeStorageSpace", {"DBInstanceIdentifier": "orders"})


def one(event: Any) -> Alarm:
    (found,) = normalise(event, HERE, NOON, "delivery")
    if isinstance(found, InvalidEvent):
        raise found
    return found


def with_metrics(*metrics: dict[str, Any]) -> dict[str, Any]:
    event = eventbridge(NOON, *DISK)
    event["detail"]["configuration"]["metrics"] = list(metrics)
    return event


def test_the_three_shapes_of_one_transition_are_one_transition() -> None:
    event = eventbridge(NOON, *DISK)
    alarms = [one(event), one(sns(event)), one(alarm_action(event))]
    assert [alarm.via for alarm in alarms] == [Via.EVENTBRIDGE, Via.SNS, Via.ALARM_ACTION]
    assert len({alarm.transition for alarm in alarms}) == 1
    for alarm in alarms:
        assert (alarm.kind, alarm.state, alarm.previous, alarm.at) == (Kind.METRIC, "ALARM", "OK", NOON)
        assert (alarm.account, alarm.region, alarm.metrics[0].dimensions) == (ACCOUNT, REGION, DISK[2])
        assert alarm.reason_data["threshold"] == 10.0


def test_other_states_times_and_alarms_are_other_transitions() -> None:
    events = [
        eventbridge(NOON, *DISK),
        eventbridge(NOON, *DISK, state="OK"),
        eventbridge(NOON + timedelta(seconds=1), *DISK),
        eventbridge(NOON, *DISK, alarm="another"),
    ]
    assert len({one(event).transition for event in events}) == 4


def test_an_sns_message_takes_its_region_from_the_alarms_arn() -> None:
    assert one(sns(eventbridge(NOON, *DISK))).region == REGION


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (with_metrics({"id": "e", "expression": "m/2"}, metric_entry(*DISK, watched=False)), Kind.METRIC_MATH),
        (with_metrics(metric_entry(*DISK), metric_entry("AWS/RDS", "CPUUtilization", {"x": "y"})), Kind.METRIC_MATH),
        (with_metrics(metric_entry(*DISK), {"id": "b", "expression": "ANOMALY_DETECTION_BAND(m, 2)"}), Kind.ANOMALY),
        (with_metrics(metric_entry("AWS/RDS", "FreeStorageSpace", {})), Kind.DIMENSIONLESS),
        (with_metrics(), Kind.LOG),
        (eventbridge(NOON, *DISK, configuration={"alarmRule": "ALARM(a)"}), Kind.COMPOSITE),
    ],
)
def test_the_kinds_are_told_apart(event: dict[str, Any], kind: Kind) -> None:
    assert one(event).kind is kind


def test_math_by_sns_is_recognised() -> None:
    message = json.loads(sns(eventbridge(NOON, *DISK))["Records"][0]["Sns"]["Message"])
    stat = {"Metric": {"Namespace": "AWS/RDS", "MetricName": "FreeStorageSpace", "Dimensions": []}}
    message["Trigger"] = {"Metrics": [{"Id": "m", "MetricStat": stat}, {"Id": "e", "Expression": "m*2"}]}
    assert one(sns_message(json.dumps(message))).kind is Kind.METRIC_MATH


def test_composite_by_sns_is_recognised() -> None:
    message = json.loads(sns(eventbridge(NOON, *DISK))["Records"][0]["Sns"]["Message"])
    del message["Trigger"]
    assert one(sns_message(json.dumps({**message, "AlarmRule": "ALARM(a)"}))).kind is Kind.COMPOSITE


def sns_with(**over: Any) -> dict[str, Any]:
    """The message of an alarm; a part that is None is not there."""
    message = {**json.loads(sns(eventbridge(NOON, *DISK))["Records"][0]["Sns"]["Message"]), **over}
    return sns_message(json.dumps({key: value for key, value in message.items() if value is not None}))


DISK_TRIGGER = {"MetricName": "FreeStorageSpace", "Namespace": "AWS/RDS"}
MATH = [{"id": "m", "metricStat": {"metric": {"metricName": "FreeStorageSpace"}}}]
BAND = [{"Id": "m", "MetricStat": {"Metric": DISK_TRIGGER}}, {"Id": "b", "Expression": "ANOMALY_DETECTION_BAND(m, 2)"}]


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (sns_with(Trigger=DISK_TRIGGER), Kind.DIMENSIONLESS),
        (sns_with(Trigger={**DISK_TRIGGER, "Dimensions": None}), Kind.DIMENSIONLESS),
        (sns_with(Trigger={"Metrics": BAND, "ThresholdMetricId": "b"}), Kind.ANOMALY),
        (sns_with(Trigger={"Metrics": MATH}), Kind.METRIC_MATH),
        (sns_with(Trigger={"Metrics": 5}), Kind.LOG),
        (sns_with(Trigger=None, LogGroups=["web"], QueryString="fields @message"), Kind.LOG),
        (sns_with(Trigger=None, AlarmRule="ALARM(a)", TriggeringChildren=[]), Kind.COMPOSITE),
        (eventbridge(NOON, *DISK, configuration={"metrics": 5}), Kind.LOG),
        (eventbridge(NOON, *DISK, configuration=None), Kind.LOG),
    ],
)
def test_odd_shapes_that_were_seen_name_no_resource(event: dict[str, Any], kind: Kind) -> None:
    assert one(event).kind is kind


@pytest.mark.parametrize(("part", "value"), [("AlarmArn", None), ("StateChangeTime", ""), ("StateChangeTime", None)])
def test_a_message_without_arn_or_time_is_no_alarm(part: str, value: str | None) -> None:
    with pytest.raises(InvalidEvent):
        one(sns_with(**{part: value}))


def test_a_contributor_event_names_no_resource_and_has_no_previous_state() -> None:
    event = eventbridge(NOON, *DISK)
    event["detail-type"] = "CloudWatch Alarm Contributor State Change"
    del event["detail"]["previousState"]
    assert one(event).kind is Kind.EVENT and not one(event).metrics
    event["detail-type"] = "CloudWatch Alarm State Change"
    assert one(event).previous is None


MUTED = {"muteDetail": {"mutedByArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:night"}}


@pytest.mark.parametrize(
    ("detail", "state", "says"),
    [
        ({}, {"actionsSuppressedBy": "Alarm"}, "Alarm"),
        (MUTED, {}, "alarm-mute-rule:night"),
        ({}, MUTED, "alarm-mute-rule:night"),
        ({"muteDetail": "yes"}, {}, "an alarm mute rule"),
    ],
)
def test_silenced_alarms_say_by_what(detail: dict[str, Any], state: dict[str, Any], says: str) -> None:
    event = eventbridge(NOON, *DISK)
    event["detail"].update(detail)
    event["detail"]["state"].update(state)
    assert says in str(one(event).suppressed_by)


def _without(path: str, event: dict[str, Any], value: Any = None) -> dict[str, Any]:
    *parents, last = path.split(".")
    inner = event
    for name in parents:
        inner = inner[name]
    inner[last] = value
    return event


@pytest.mark.parametrize(
    ("event", "names"),
    [
        ("not an object", "event"),
        ({}, "event"),
        ({"hello": "world"}, "event"),
        (sns_message("{not json"), "Records[].Sns.Message"),
        (sns_message("[1]"), "Records[].Sns.Message"),
        (sns_message(json.dumps({"AlarmName": "x"})), "AlarmArn"),
        ({"Records": ["x"]}, "Records[]"),
        ({"Records": [{"s3": {}}]}, "Records[].Sns"),
        (_without("resources", eventbridge(NOON, *DISK), []), "resources[0]"),
        (_without("resources", eventbridge(NOON, *DISK), "arn"), "resources"),
        (_without("resources", eventbridge(NOON, *DISK), ["arn:aws:s3:::bucket"]), "resources[0]"),
        (_without("detail", eventbridge(NOON, *DISK)), "detail"),
        (_without("detail.state", eventbridge(NOON, *DISK)), "state"),
        (_without("detail.state.value", eventbridge(NOON, *DISK), "PANIC"), "the alarm's state"),
        (_without("detail.state.timestamp", eventbridge(NOON, *DISK), "noon"), "the time of the alarm's state"),
        (_without("detail.state.timestamp", eventbridge(NOON, *DISK), "2026-11-23T12:00:00"), "the time of the alarm's state"),
        (_without("detail.configuration", eventbridge(NOON, *DISK), "x"), "configuration"),
    ],
)  # fmt: skip
def test_a_malformed_event_gets_one_error_that_names_the_field(event: Any, names: str) -> None:
    with pytest.raises(InvalidEvent) as raised:
        one(event)
    assert raised.value.field == names
    assert "allowed:" in str(raised.value)


@pytest.mark.parametrize(
    "where", ["arn:aws:cloudwatch:eu-west-1:999999999999:alarm:x", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:x"]
)
def test_another_account_or_region_is_refused(where: str) -> None:
    event = eventbridge(NOON, *DISK)
    event["resources"] = [where]
    with pytest.raises(InvalidEvent, match="where this runs"):
        one(event)


def test_one_bad_record_spoils_only_itself() -> None:
    good = sns(eventbridge(NOON, *DISK))["Records"]
    found = normalise({"Records": [*sns_message("oops")["Records"], *good]}, HERE, NOON, "d")
    assert [type(item) for item in found] == [InvalidEvent, Alarm]


def test_what_strangers_wrote_is_bounded() -> None:
    event = eventbridge(NOON, *DISK)
    event["detail"]["state"]["reason"] = "x" * 256_000
    event["detail"]["configuration"]["description"] = "y" * 256_000
    alarm = one(event)
    assert len(repr(alarm)) < 5000


def test_hostile_names_stay_data() -> None:
    name = "<b>{0.__class__} $(reboot) `id` %s arn:aws:rds:::db:x"
    alarm = one(eventbridge(NOON, *DISK, alarm=name))
    assert alarm.name == name


def test_an_error_shows_no_more_than_a_line() -> None:
    assert len(str(InvalidEvent("f", "x" * 256_000, "y"))) < 300


def test_service_events_keep_what_triggers_match() -> None:
    event = {
        "source": "aws.rds",
        "detail-type": "RDS DB Instance Event",
        "account": ACCOUNT,
        "region": REGION,
        "time": "2026-11-23T12:00:00Z",
        "resources": [f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders"],
        "detail": {
            "EventID": "RDS-EVENT-0089",
            "SourceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders",
            "Message": "full",
        },
    }
    alarm = one(event)
    assert (alarm.kind, alarm.detail["EventID"], alarm.at) == (Kind.EVENT, "RDS-EVENT-0089", NOON)
    assert one({**event, "time": "2026-11-23T12:05:00Z"}).transition != alarm.transition


REQUEST = {"target": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders", "reason": "drill", "requested_by": "ada"}


def test_a_request_without_a_mode_only_observes() -> None:
    alarm = one(REQUEST)
    assert alarm.request is not None
    assert (alarm.kind, alarm.request.mode, alarm.at) == (Kind.MANUAL, Mode.OBSERVE, NOON)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"target": "db:orders"}, "target"),
        ({"target": "arn:aws:rds:eu-west-1:123456789012:db:or ders"}, "target"),
        ({"reason": ""}, "reason"),
        ({"reason": 5}, "reason"),
        ({"requested_by": "x" * 201}, "requested_by"),
        ({"mode": "please"}, "mode"),
        ({"mode": None}, "mode"),
        ({"force": True}, "request"),
    ],
)
def test_a_request_is_checked_field_by_field(change: dict[str, Any], names: str) -> None:
    with pytest.raises(InvalidEvent) as raised:
        one({**REQUEST, **change})
    assert raised.value.field == names


def test_times_become_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert read_time(datetime(2026, 1, 1, 2, tzinfo=east).isoformat(), "t") == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["arn:aws:rds:r:123456789012:db:x y", "arn:aws:rds:r:12:db:x", "x", None, 5, "arn:aws:rds:r:123456789012:db:<b>"],
)
def test_an_arn_to_act_on_is_strict(text: Any) -> None:
    with pytest.raises(InvalidEvent):
        parse_arn(text, "target")


def test_an_arn_comes_back_as_it_was() -> None:
    text = "arn:aws-cn:ecs:cn-north-1:123456789012:service/shop/web"
    arn = parse_arn(text, "t")
    assert (str(arn), arn.id, arn.partition) == (text, "shop/web", "aws-cn")
    assert isinstance(arn, Arn)
