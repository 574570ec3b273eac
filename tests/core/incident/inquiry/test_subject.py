"""What is looked at: checked ARNs of this incident alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from functions.core.incident.inquiry.subject import subject_of
from functions.core.remediation import Audience
from tests.reviewed import INCIDENT, JOINER, RUNS

ALARM = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:web / 5XX: high"


def test_targets_and_alarms_are_those_of_its_own_runs() -> None:
    found = subject_of(INCIDENT, INCIDENT, RUNS)
    own = [run for run in RUNS if run.incident == INCIDENT.id]
    assert {str(arn) for arn in found.targets} == {INCIDENT.target, *(run.target for run in own)}
    assert found.since == min([INCIDENT.opened_at, *(run.alarm.at for run in own)])
    assert (found.service, found.alone) == (INCIDENT.service, False)


def test_an_alarm_that_nobody_answers_is_looked_at_by_its_arn() -> None:
    found = subject_of(INCIDENT, replace(INCIDENT, target=ALARM, service=ALARM), ())
    assert ([str(arn) for arn in found.alarms], found.targets, found.service) == ([ALARM], (), "")


def test_what_is_no_arn_is_left_out() -> None:
    found = subject_of(INCIDENT, replace(INCIDENT, target="<b>rm -rf</b>"), ())
    assert found.targets == () == found.alarms


def test_a_joiner_is_looked_at_by_itself_and_told_at_its_lead() -> None:
    joiner = replace(INCIDENT, id=JOINER, target=ALARM, opened_at=INCIDENT.opened_at + timedelta(minutes=5))
    found = subject_of(INCIDENT, joiner, [run for run in RUNS if run.incident == INCIDENT.id])
    assert (found.incident, found.of) == (INCIDENT.id, JOINER)
    assert ALARM in [str(arn) for arn in found.alarms]
    assert found.targets == ()


def test_security_is_not_looked_beyond_its_targets() -> None:
    secret = replace(INCIDENT, audience=Audience.SECURITY)
    found = subject_of(secret, secret, ())
    assert (found.alone, found.service) == (True, "")
