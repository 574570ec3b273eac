"""An alarm acts on exactly the resource that it names, or on nothing."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from functions.core.errors import InvalidEvent
from functions.core.remediation import Parameter
from tests.events import alarm_action, eventbridge, metric_entry
from tests.house import House
from tests.toy import Dials, TurnDialsUp

PRESSURE = ("Toy", "Pressure", {"Dial": "a"})


def event(house: House, **over: Any) -> dict[str, Any]:
    return eventbridge(house.clock.now(), *PRESSURE, **over)


def with_metrics(house: House, *metrics: dict[str, Any]) -> dict[str, Any]:
    changed = event(house)
    changed["detail"]["configuration"]["metrics"] = list(metrics)
    return changed


def declined(house: House, dials: Dials, event: dict[str, Any]) -> str:
    answer = house.deliver(event)
    assert (answer.decision, dials.turns, dials.reads) == ("declined", [], 0)
    assert len(house.store.alarms) == 1
    assert house.deliver(event).decision == "duplicate"
    return answer.text.partition(":")[0]


@pytest.mark.parametrize(
    ("metrics", "code"),
    [
        ([metric_entry(*PRESSURE, watched=False), {"id": "e", "expression": "m*2"}], "metric_math_alarm"),
        ([metric_entry(*PRESSURE), {"id": "b", "expression": "ANOMALY_DETECTION_BAND(m)"}], "anomaly_alarm"),
        ([metric_entry("Toy", "Pressure", {})], "dimensionless_alarm"),
        ([], "log_alarm"),
        ([metric_entry("Toy", "Pressure", {"Dial": "a", "Zone": "b"})], "unexpected_dimensions"),
        ([metric_entry("Toy", "Pressure", {"Zone": "b"})], "unexpected_dimensions"),
        ([metric_entry("Toy", "Pressure", {"Dial": "a/b"})], "unexpected_dimensions"),
        ([metric_entry("Toy", "Temperature", {"Dial": "a"})], "no_trigger"),
    ],
)
def test_what_names_no_one_resource_is_declined(house: House, dials: Dials, metrics: list[Any], code: str) -> None:
    assert declined(house, dials, with_metrics(house, *metrics)) == code


def test_a_composite_alarm_is_declined(house: House, dials: Dials) -> None:
    composite = alarm_action(event(house, configuration={"alarmRule": "ALARM(a)"}))
    assert declined(house, dials, composite) == "composite_alarm"


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_only_alarm_is_an_alarm(house: House, dials: Dials, state: str) -> None:
    assert declined(house, dials, event(house, state=state)) == "not_in_alarm"
    assert not house.store.declines[-1].call_person


def test_a_suppressed_alarm_is_left_alone(house: House, dials: Dials) -> None:
    silent = event(house)
    silent["detail"]["state"]["actionsSuppressedBy"] = "WaitPeriod"
    assert declined(house, dials, silent) == "actions_suppressed"
    assert not house.store.declines[-1].call_person


@pytest.mark.parametrize("dial", ["a b", "{account}", "<b>", "a\n"])
def test_a_hostile_dimension_is_refused(house: House, dials: Dials, dial: str) -> None:
    with pytest.raises(InvalidEvent, match="dimensions of the alarm's metric"):
        house.deliver(with_metrics(house, metric_entry("Toy", "Pressure", {"Dial": dial})))
    assert dials.turns == []


@pytest.mark.parametrize(
    "target",
    [
        "arn:aws:rds:eu-west-1:123456789012:db:a",
        "arn:aws:dial:us-east-1:123456789012:dial/a",
        "arn:aws:dial:eu-west-1:999999999999:dial/a",
    ],
)
def test_a_request_for_another_service_region_or_account_is_refused(house: House, dials: Dials, target: str) -> None:
    with pytest.raises(InvalidEvent, match="target is"):
        house.deliver({"target": target, "reason": "r", "requested_by": "p", "mode": "act"})
    assert dials.turns == []


class Told(TurnDialsUp):
    """Has to be told how far, and may be told how fast."""

    parameters: ClassVar = (
        Parameter(name="clicks", pattern=r"\d{1,2}", allowed="a number of clicks"),
        Parameter(name="speed", pattern="fast|slow", allowed="fast | slow", required=False),
    )


def request(**parameters: Any) -> dict[str, Any]:
    target = "arn:aws:dial:eu-west-1:123456789012:dial/a"
    return {"target": target, "reason": "drill", "requested_by": "ada", "parameters": parameters}


@pytest.mark.parametrize("parameters", [{"clicks": "3"}, {"clicks": "3", "speed": "slow"}])
def test_a_request_reaches_diagnosis_with_its_parameters(house: House, parameters: dict[str, str]) -> None:
    told = house.with_remediation(Told())
    run = told.run(told.deliver(request(**parameters)))
    assert run.alarm.request is not None
    assert run.alarm.request.parameters == parameters


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "parameters.clicks"),
        ({"clicks": "300"}, "parameters.clicks"),
        ({"clicks": "3\n"}, "parameters.clicks"),
        ({"clicks": "3", "speed": "; rm"}, "parameters.speed"),
        ({"clicks": "3", "colour": "red"}, "parameters"),
        ({"clicks": 3}, "clicks"),
    ],
)
def test_a_wrong_parameter_is_named_and_nothing_is_read(
    house: House, dials: Dials, parameters: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidEvent) as error:
        house.with_remediation(Told()).deliver(request(**parameters))
    assert (error.value.field, dials.reads) == (field, 0)


def test_what_has_no_parameters_takes_none(house: House) -> None:
    with pytest.raises(InvalidEvent, match="toy has no parameters"):
        house.deliver(request(clicks="3"))
