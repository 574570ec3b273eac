"""Which alarms their owners have silenced. CloudWatch is moto where moto has the call; what it lacks is answered in its place,
behind the same boto3 client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.adapters.aws import Boto3Aws
from functions.adapters.cloudwatch_alarms import CloudWatchAlarms, MemoryAlarms
from functions.core.alarm import Alarm, Kind, Via
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION, alarm_arn

DISK = Alarm(
    kind=Kind.METRIC, via=Via.EVENTBRIDGE, arn=alarm_arn(), name="disk", account=ACCOUNT, region=REGION, state="ALARM", at=NOON
)  # fmt: skip
Answer = Callable[[dict[str, Any]], dict[str, Any] | None]


class CloudWatch:
    """The calls that were made, and answers of AWS for those that moto does not play. None leaves the call to moto."""

    def __init__(self, aws: Boto3Aws) -> None:
        self.client = aws.client("cloudwatch")
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Answer] = {}
        self.client.meta.events.register("provide-client-params.cloudwatch.*", self._called)
        self.client.meta.events.register("before-call.cloudwatch.*", self._answer)

    def _called(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append((model.name, dict(params)))

    def _answer(self, model: Any, **_: Any) -> Any:
        answer = self.answers.get(model.name, lambda asked: None)(self.calls[-1][1])
        if answer is None:
            return None
        status = 400 if "Error" in answer else 200
        return SimpleNamespace(status_code=status), {"ResponseMetadata": {"HTTPStatusCode": status}, **answer}

    def put(self, name: str, state: str = "ALARM") -> None:
        self.client.put_metric_alarm(
            AlarmName=name, Namespace="AWS/RDS", MetricName="FreeStorageSpace", Statistic="Minimum", Period=60,
            EvaluationPeriods=1, Threshold=10.0, ComparisonOperator="LessThanThreshold",
        )  # fmt: skip
        self.client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test says so")
        self.calls.clear()

    def mutes(self, *pages: list[str]) -> None:
        """Active mute rules of the alarm, page by page."""

        def listed(asked: dict[str, Any]) -> dict[str, Any]:
            page = int(asked.get("NextToken", "0"))
            summaries = [{"AlarmMuteRuleArn": mute_arn(name), "Status": "ACTIVE"} for name in pages[page]]
            more = {"NextToken": str(page + 1)} if page + 1 < len(pages) else {}
            return {"AlarmMuteRuleSummaries": summaries, **more}

        self.answers["ListAlarmMuteRules"] = listed

    def above(self, parents: dict[str, list[str]], composites: dict[str, dict[str, Any]]) -> None:
        """Composite alarms above others: `parents` by child. As AWS does, telling only the names of parents."""

        def described(asked: dict[str, Any]) -> dict[str, Any] | None:
            if "ParentsOfAlarmName" in asked:
                assert set(asked) == {"ParentsOfAlarmName"}, "AWS refuses any other parameter beside it"
                names = parents.get(asked["ParentsOfAlarmName"], [])
                return {"CompositeAlarms": [{"AlarmName": name, "AlarmArn": alarm_arn(name)} for name in names]}
            found = [{"AlarmName": name, **composites[name]} for name in asked["AlarmNames"] if name in composites]
            return {"CompositeAlarms": found} if found else None

        self.answers["DescribeAlarms"] = described


def mute_arn(name: str) -> str:
    return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm-mute-rule:{name}"


@pytest.fixture
def cloudwatch(aws: Boto3Aws) -> CloudWatch:
    found = CloudWatch(aws)
    found.put("disk")
    return found


@pytest.fixture
def alarms(aws: Boto3Aws) -> CloudWatchAlarms:
    return CloudWatchAlarms(aws)


def test_an_alarm_that_nobody_silenced_is_answered(cloudwatch: CloudWatch, alarms: CloudWatchAlarms) -> None:
    assert alarms.silence(DISK) is None
    assert cloudwatch.calls[0] == (
        "DescribeAlarms",
        {"AlarmNames": ["disk"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
    )


def test_disabled_actions_silence_it_until_they_are_enabled(cloudwatch: CloudWatch, alarms: CloudWatchAlarms) -> None:
    cloudwatch.client.disable_alarm_actions(AlarmNames=["disk"])
    assert alarms.silence(DISK) == "the actions of the alarm disk are disabled"
    cloudwatch.client.enable_alarm_actions(AlarmNames=["disk"])
    assert alarms.silence(DISK) is None


def test_an_alarms_name_may_hold_colons_and_slashes(cloudwatch: CloudWatch, alarms: CloudWatchAlarms) -> None:
    cloudwatch.put("team/db :alarm: disk")
    cloudwatch.client.disable_alarm_actions(AlarmNames=["team/db :alarm: disk"])
    silenced = alarms.silence(replace(DISK, arn=alarm_arn("team/db :alarm: disk")))
    assert silenced == "the actions of the alarm team/db :alarm: disk are disabled"


def test_an_alarm_that_is_gone_is_silenced_by_nothing(cloudwatch: CloudWatch, alarms: CloudWatchAlarms) -> None:
    cloudwatch.client.delete_alarms(AlarmNames=["disk"])
    cloudwatch.mutes(["maintenance"])
    assert alarms.silence(DISK) is None


@pytest.mark.parametrize("kind", [Kind.EVENT, Kind.MANUAL])
def test_what_is_no_alarm_is_not_asked_for(cloudwatch: CloudWatch, alarms: CloudWatchAlarms, kind: Kind) -> None:
    cloudwatch.client.disable_alarm_actions(AlarmNames=["disk"])
    cloudwatch.calls.clear()
    assert alarms.silence(replace(DISK, kind=kind)) is None
    assert cloudwatch.calls == []


def test_active_mute_rules_silence_it_whatever_page_they_are_on(
    cloudwatch: CloudWatch, alarms: CloudWatchAlarms
) -> None:
    cloudwatch.mutes([], ["sunday", "night"])
    assert alarms.silence(DISK) == "the alarm disk is muted by the alarm mute rule night, sunday"
    asked = [named for call, named in cloudwatch.calls if call == "ListAlarmMuteRules"]
    assert asked[0] == {"AlarmName": "disk", "Statuses": ["ACTIVE"]}


def test_without_active_mute_rules_it_is_answered(cloudwatch: CloudWatch, alarms: CloudWatchAlarms) -> None:
    cloudwatch.mutes([])
    assert alarms.silence(DISK) is None


@pytest.mark.parametrize("call", ["DescribeAlarms", "ListAlarmMuteRules"])
@pytest.mark.parametrize(("code", "refused"), [("AccessDenied", True), ("Throttling", False)])
def test_what_aws_refuses_is_raised(
    aws: Boto3Aws, cloudwatch: CloudWatch, alarms: CloudWatchAlarms, call: str, code: str, refused: bool
) -> None:
    cloudwatch.answers[call] = lambda asked: {"Error": {"Code": code, "Message": "no"}}
    with pytest.raises(ClientError) as raised:
        alarms.silence(DISK)
    assert (aws.refusal(raised.value) is not None) is refused


@pytest.mark.parametrize("by", ["Alarm", "WaitPeriod", "ExtensionPeriod"])
def test_a_composite_alarm_whose_actions_are_suppressed_is_silenced(
    cloudwatch: CloudWatch, alarms: CloudWatchAlarms, by: str
) -> None:
    cloudwatch.above({}, {"shop": {"ActionsSuppressedBy": by, "ActionsSuppressor": "deploying"}})
    silenced = alarms.silence(replace(DISK, kind=Kind.COMPOSITE, arn=alarm_arn("shop")))
    assert silenced == f"the actions of the composite alarm shop are suppressed ({by} of deploying)"


@pytest.mark.parametrize("suppressor", ["deploying", alarm_arn("deploying")])
@pytest.mark.parametrize("parents", [{"disk": ["shop"]}, {"disk": ["databases"], "databases": ["shop"]}])
def test_the_suppressor_of_a_composite_alarm_above_it_silences_it(
    cloudwatch: CloudWatch, alarms: CloudWatchAlarms, suppressor: str, parents: dict[str, list[str]]
) -> None:
    cloudwatch.put("deploying", "ALARM")
    cloudwatch.above(parents, {"shop": {"ActionsSuppressor": suppressor}, "databases": {}})
    silenced = alarms.silence(DISK)
    assert silenced == "deploying, which suppresses the composite alarm shop, is in ALARM, above the alarm disk"
    cloudwatch.put("deploying", "OK")
    assert alarms.silence(DISK) is None


@pytest.mark.parametrize(("by", "silenced"), [("Alarm", True), ("ExtensionPeriod", True), ("WaitPeriod", False)])
def test_a_composite_alarm_that_only_waits_for_its_suppressor_holds_back_no_child(
    cloudwatch: CloudWatch, alarms: CloudWatchAlarms, by: str, silenced: bool
) -> None:
    cloudwatch.put("deploying", "OK")
    suppressed = {"ActionsSuppressedBy": by, "ActionsSuppressor": "deploying"}
    cloudwatch.above({"disk": ["shop"]}, {"shop": suppressed})
    assert (alarms.silence(DISK) is not None) is silenced


def test_composite_alarms_that_stand_above_each_other_are_asked_once(
    cloudwatch: CloudWatch, alarms: CloudWatchAlarms
) -> None:
    cloudwatch.above({"disk": ["shop"], "shop": ["disk", "shop"]}, {"shop": {}})
    assert alarms.silence(DISK) is None
    asked = [named["ParentsOfAlarmName"] for _, named in cloudwatch.calls if "ParentsOfAlarmName" in named]
    assert asked == ["disk", "shop"]


def test_the_fake_is_silent_only_about_what_it_was_told() -> None:
    fake = MemoryAlarms()
    fake.silenced[DISK.arn] = "the alarm disk is muted"
    assert fake.silence(DISK) == "the alarm disk is muted"
    assert fake.silence(replace(DISK, at=NOON + timedelta(minutes=1), arn=alarm_arn("other"))) is None
