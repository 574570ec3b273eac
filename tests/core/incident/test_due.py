"""The runbook's table, clause by clause, from the files that are deployed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.adapters.runbook_files import load, time_rules
from functions.core.errors import InvalidSetting
from functions.core.incident.due import Due, due
from functions.core.incident.incident import Severity
from functions.core.incident.targets_file import read_targets

RULES = time_rules({})
FRIDAY = datetime(2026, 12, 4, 15, 0, tzinfo=UTC)
SATURDAY_NIGHT = datetime(2026, 12, 5, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("since", [FRIDAY, SATURDAY_NIGHT])
@pytest.mark.parametrize(
    ("severity", "response", "resolution"),
    [
        (Severity.P1, timedelta(minutes=15), timedelta(hours=4)),
        (Severity.P2, timedelta(minutes=30), timedelta(hours=8)),
        (Severity.P3, timedelta(hours=2), timedelta(hours=24)),
    ],
)
def test_p1_to_p3_run_around_the_clock(
    severity: Severity, response: timedelta, resolution: timedelta, since: datetime
) -> None:
    assert due(severity, since, RULES) == Due(response=since + response, resolution=since + resolution)


def test_p4_has_a_business_day_to_respond_and_a_week_to_resolve() -> None:
    assert due(Severity.P4, FRIDAY, RULES) == Due(
        response=datetime(2026, 12, 7, 15, 0, tzinfo=UTC), resolution=FRIDAY + timedelta(weeks=1)
    )
    assert due(Severity.P4, SATURDAY_NIGHT, RULES).response == datetime(2026, 12, 7, 17, 0, tzinfo=UTC)


def changed(**change: Any) -> dict[str, Any]:
    return {**load("targets"), "P1": {**load("targets")["P1"], **change}}


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({**load("targets"), "P5": {}}, "targets.toml"),
        ({name: row for name, row in load("targets").items() if name != "P2"}, "P2"),
        (changed(update=None), "P1.update"),
        (changed(response="15 minutes"), "P1.response"),
        (changed(response="0m"), "P1.response"),
        (changed(response="0 business days"), "P1.response"),
        (changed(response=15), "P1.response"),
        (changed(respond="15m"), "P1"),
    ],
)
def test_a_mistake_in_the_file_is_named(said: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidSetting) as error:
        read_targets(said)
    assert error.value.name.endswith(named)


def test_a_deployment_may_have_targets_of_its_own_and_names_only_what_differs() -> None:
    rules = time_rules({"FIRST_RESPONDER_TARGETS": '{"P1": {"response": "5m"}}'})
    assert due(Severity.P1, FRIDAY, rules).response == FRIDAY + timedelta(minutes=5)
    assert due(Severity.P1, FRIDAY, rules).resolution == FRIDAY + timedelta(hours=4)
    assert due(Severity.P2, FRIDAY, rules) == due(Severity.P2, FRIDAY, RULES)


@pytest.mark.parametrize("said", ['{"P5": {"response": "5m"}}', '{"P1": "5m"}', '{"P1": {"reply": "5m"}}', "{", "[]"])
def test_a_mistake_in_a_deployments_own_targets_is_named(said: str) -> None:
    with pytest.raises(InvalidSetting):
        time_rules({"FIRST_RESPONDER_TARGETS": said})
