"""Disabled and muted actions: the state changes and the event go on, the actions do not."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import ACCOUNT, REGION, Aws, Ear, until

DAILY = {"Expression": "cron(0 * * * *)", "Duration": "PT1H"}
"""Always open: every hour for an hour."""


def alarm(aws: Aws, ear: Ear, name: str) -> str:
    """An alarm that calls the recorder itself."""
    aws("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Silence",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[ear.arn],
    )
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"
    aws.allow("recorder", "lambda.alarms.cloudwatch.amazonaws.com", arn)
    return arn


def mute(aws: Aws, name: str, schedule: dict[str, str] = DAILY, *alarms: str, **dates: datetime) -> str:
    targets = {"MuteTargets": {"AlarmNames": list(alarms)}} if alarms else {}
    aws("cloudwatch").put_alarm_mute_rule(Name=name, Rule={"Schedule": schedule}, **targets, **dates)
    return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm-mute-rule:{name}"


def raise_alarm(aws: Aws, ear: Ear, name: str) -> None:
    """Set it to ALARM and wait for the event, which is sent whatever happens to the actions."""
    aws("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    ear.event("CloudWatch Alarm State Change", alarmName=name)


def acted(ear: Ear, arn: str) -> bool:
    return any(heard["event"].get("alarmArn") == arn for heard in ear.listen())


def rules(aws: Aws, **asked: Any) -> dict[str, str]:
    pages = aws("cloudwatch").get_paginator("list_alarm_mute_rules").paginate(**asked)
    listed = [rule for page in pages for rule in page["AlarmMuteRuleSummaries"]]
    return {rule["AlarmMuteRuleArn"].rpartition(":")[2]: rule["Status"] for rule in listed}


@pytest.fixture(autouse=True)
def no_rules_are_left(aws: Aws) -> Any:
    yield
    for name in rules(aws):
        aws("cloudwatch").delete_alarm_mute_rule(AlarmMuteRuleName=name)


def test_disabled_actions_are_told_and_not_run_and_the_event_is_sent(aws: Aws, ear: Ear) -> None:
    arn = alarm(aws, ear, "disabled")
    cloudwatch = aws("cloudwatch")
    assert cloudwatch.describe_alarms(AlarmNames=["disabled"])["MetricAlarms"][0]["ActionsEnabled"] is True
    cloudwatch.disable_alarm_actions(AlarmNames=["disabled"])
    assert cloudwatch.describe_alarms(AlarmNames=["disabled"])["MetricAlarms"][0]["ActionsEnabled"] is False
    raise_alarm(aws, ear, "disabled")
    time.sleep(0.5)
    assert not acted(ear, arn)
    cloudwatch.enable_alarm_actions(AlarmNames=["disabled"])
    cloudwatch.set_alarm_state(AlarmName="disabled", StateValue="OK", StateReason="a test")
    raise_alarm(aws, ear, "disabled")
    until(lambda: acted(ear, arn))


def test_muted_actions_run_when_the_muting_ends_and_the_alarm_has_not_recovered(aws: Aws, ear: Ear) -> None:
    lasting, passing = alarm(aws, ear, "lasting"), alarm(aws, ear, "passing")
    mute(aws, "both", DAILY, "lasting", "passing")
    for name in ("lasting", "passing"):
        raise_alarm(aws, ear, name)
    aws("cloudwatch").set_alarm_state(AlarmName="passing", StateValue="OK", StateReason="a test")
    time.sleep(1)
    assert not acted(ear, lasting)
    aws("cloudwatch").delete_alarm_mute_rule(AlarmMuteRuleName="both")
    until(lambda: acted(ear, lasting))
    assert not acted(ear, passing)


def test_a_rule_without_targets_mutes_every_alarm_and_one_with_targets_only_these(aws: Aws, ear: Ear) -> None:
    muted, other = alarm(aws, ear, "muted"), alarm(aws, ear, "other")
    mute(aws, "one", DAILY, "muted")
    for name in ("muted", "other"):
        raise_alarm(aws, ear, name)
    until(lambda: acted(ear, other))
    assert not acted(ear, muted)
    mute(aws, "all")
    everything = alarm(aws, ear, "everything")
    raise_alarm(aws, ear, "everything")
    time.sleep(0.5)
    assert not acted(ear, everything)
    assert rules(aws, AlarmName="everything") == {"all": "ACTIVE"}


def test_rules_are_listed_by_status_by_alarm_and_page_by_page(aws: Aws, ear: Ear) -> None:
    alarm(aws, ear, "listed")
    now = datetime.now(UTC).replace(microsecond=0)
    past, soon = now - timedelta(hours=3), now + timedelta(hours=3)
    hour = {"Duration": "PT1H"}
    mute(aws, "active", DAILY, "listed")
    mute(aws, "begun", {"Expression": f"at({now - timedelta(minutes=5):%Y-%m-%dT%H:%M})", **hour}, "listed")
    mute(aws, "coming", {"Expression": f"at({soon:%Y-%m-%dT%H:%M})", **hour}, "listed")
    mute(aws, "expired", DAILY, "listed", ExpireDate=past)
    mute(aws, "over", {"Expression": f"at({past:%Y-%m-%dT%H:%M})", **hour}, "listed")
    mute(aws, "waiting", DAILY, "listed", StartDate=soon)
    statuses = {
        "active": "ACTIVE", "begun": "ACTIVE", "coming": "SCHEDULED", "expired": "EXPIRED", "over": "EXPIRED",
        "waiting": "SCHEDULED",
    }  # fmt: skip
    assert rules(aws) == statuses
    assert rules(aws, AlarmName="listed", Statuses=["ACTIVE"]) == {"active": "ACTIVE", "begun": "ACTIVE"}
    assert rules(aws, Statuses=["SCHEDULED", "EXPIRED"]).keys() == {"coming", "expired", "over", "waiting"}
    assert rules(aws, AlarmName="nobody's") == {}
    assert rules(aws, PaginationConfig={"PageSize": 2}) == statuses
    with pytest.raises(ClientError, match="InvalidNextToken"):
        aws("cloudwatch").list_alarm_mute_rules(NextToken="made up")


def test_a_rule_is_told_with_all_that_was_put_and_forgotten_when_deleted(aws: Aws, ear: Ear) -> None:
    alarm(aws, ear, "told")
    expire = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    arn = mute(aws, "once", {"Expression": "at(2026-11-23T14:00)", "Duration": "PT1H"}, "told", ExpireDate=expire)
    put = mute(aws, "again", DAILY, "told")
    told = aws("cloudwatch").get_alarm_mute_rule(AlarmMuteRuleName="once")
    assert (told["Name"], told["AlarmMuteRuleArn"], told["MuteType"]) == ("once", arn, "ONE_TIME")
    assert (told["ExpireDate"], told["MuteTargets"]) == (expire, {"AlarmNames": ["told"]})
    assert told["Rule"]["Schedule"]["Duration"] == "PT1H"
    again = aws("cloudwatch").get_alarm_mute_rule(AlarmMuteRuleName="again")
    assert (again["AlarmMuteRuleArn"], again["Status"], again["MuteType"]) == (put, "ACTIVE", "RECURRING")
    for _ in range(2):
        aws("cloudwatch").delete_alarm_mute_rule(AlarmMuteRuleName="once")
    with pytest.raises(ClientError) as missing:
        aws("cloudwatch").get_alarm_mute_rule(AlarmMuteRuleName="once")
    assert missing.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_what_cannot_be_played_is_refused(aws: Aws, ear: Ear) -> None:
    alarm(aws, ear, "refused")
    with pytest.raises(ClientError, match="does not play this day of the week"):
        mute(aws, "no", {"Expression": "cron(0 2 * * 1)", "Duration": "PT1H"}, "refused")
    with pytest.raises(ClientError, match="There is no alarm nobody"):
        mute(aws, "no", DAILY, "nobody")
    with pytest.raises(ClientError, match="does not play ActionsSuppressor"):
        aws("cloudwatch").put_composite_alarm(
            AlarmName="no", AlarmRule='ALARM("refused")', ActionsSuppressor="refused",
            ActionsSuppressorWaitPeriod=60, ActionsSuppressorExtensionPeriod=60,
        )  # fmt: skip
    assert rules(aws) == {}


def test_the_composite_alarms_above_an_alarm_are_found_by_its_name(aws: Aws, ear: Ear) -> None:
    alarm(aws, ear, "below")
    alarm(aws, ear, "beside")
    for name, child in (("above", "below"), ("elsewhere", "beside")):
        aws("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=f'ALARM("{child}")')
    found = aws("cloudwatch").describe_alarms(ParentsOfAlarmName="below")
    assert ([one["AlarmName"] for one in found["CompositeAlarms"]], found["MetricAlarms"]) == (["above"], [])


def test_a_role_needs_permission_for_all_rules_to_list_them_and_for_rule_and_alarms_to_put_one(
    aws: Aws, ear: Ear
) -> None:
    alarm(aws, ear, "mine")
    alarm(aws, ear, "theirs")
    own = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}"
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    getattr(boto3.client('cloudwatch'), event['call'])(**event['with'])\n"
    )
    put = {"Action": "cloudwatch:PutAlarmMuteRule", "Resource": [f"{own}:alarm-mute-rule:*", f"{own}:alarm:mine"]}
    aws.function("muter", code, aws.role("muter", put, {"Action": "cloudwatch:ListAlarmMuteRules", "Resource": "*"}))
    aws.function("stranger", code, aws.role("stranger"))

    def refusal(who: str, call: str, **arguments: Any) -> str:
        error, payload = aws.invoke(who, {"call": call, "with": arguments})
        return payload["errorMessage"] if error else ""

    rule = {"Name": "r", "Rule": {"Schedule": DAILY}}
    assert refusal("muter", "put_alarm_mute_rule", **rule, MuteTargets={"AlarmNames": ["mine"]}) == ""
    assert "AccessDenied" in refusal("muter", "put_alarm_mute_rule", **rule, MuteTargets={"AlarmNames": ["theirs"]})
    assert refusal("muter", "list_alarm_mute_rules", AlarmName="mine") == ""
    assert "cloudwatch:ListAlarmMuteRules" in refusal("stranger", "list_alarm_mute_rules", AlarmName="mine")
