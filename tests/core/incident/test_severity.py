"""Severity rules: the owner's tag, then the first rule that fits, then the default; a mistake in the file is named."""

from __future__ import annotations

from typing import Any

import pytest

from functions.adapters.runbook_files import load, severity_rules
from functions.core.errors import InvalidSetting
from functions.core.incident.incident import Severity
from functions.core.incident.severity import SEVERITY_TAG, read_severity_rules

FILE: dict[str, Any] = {
    "default": "P3",
    "worse_when": ["undone"],
    "breadth": {"P2": 3, "P1": 6},
    "rule": [
        {"severity": "P1", "why": "data leaves", "is": {"detail.type": ["Exfiltration:*"]}},
        {"severity": "P1", "why": "grave", "is": {"audience": ["security"]}, "at_least": {"detail.severity": 9}},
        {"severity": "P4", "why": "dev", "is": {"environment": ["dev", "test"]}},
    ],
}
RULES = read_severity_rules(FILE)


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        ({"detail.type": "Exfiltration:S3/x"}, "P1"),
        ({"detail.type": "exfiltration:S3/x"}, "P3"),
        ({"audience": "security", "detail.severity": "9.1"}, "P1"),
        ({"audience": "security", "detail.severity": "8.9"}, "P3"),
        ({"audience": "security", "detail.severity": "much"}, "P3"),
        ({"audience": "security"}, "P3"),
        ({"environment": "test"}, "P4"),
        ({}, "P3"),
    ],
)
def test_the_first_rule_that_fits_says_it(said: dict[str, str], severity: str) -> None:
    assert RULES.rate(said, {}).severity == severity


def test_the_owners_tag_wins_and_one_that_makes_no_sense_is_told() -> None:
    assert RULES.rate({"environment": "dev"}, {SEVERITY_TAG: "p1"}).severity is Severity.P1
    rated = RULES.rate({"environment": "dev"}, {SEVERITY_TAG: "urgent"})
    assert rated.severity is Severity.P4 and SEVERITY_TAG in rated.why


@pytest.mark.parametrize(("resources", "severity"), [(1, None), (2, None), (3, "P2"), (5, "P2"), (6, "P1"), (99, "P1")])
def test_breadth(resources: int, severity: str | None) -> None:
    assert RULES.by_breadth(resources) == severity


@pytest.mark.parametrize(
    ("over", "named"),
    [
        ({"default": "P5"}, "default"),
        ({"defaults": "P1"}, "defaults"),
        ({"breadth": {"P2": 1}}, "breadth.P2"),
        ({"worse_when": "undone"}, "worse_when"),
        ({"worse_when": ["recovered"]}, "worse_when"),
        ({"breadth": {"P9": 3}}, "breadth"),
        ({"rule": [{"severity": "P1", "why": "x"}]}, "rule 1"),
        ({"rule": [{"severity": "P1", "is": {"a": ["b"]}}]}, "rule 1.why"),
        ({"rule": [{"severity": "P1", "why": "x", "is": {"a": "b"}}]}, "rule 1.is.a"),
        ({"rule": [{"severity": "P1", "why": "x", "at_least": {"a": True}}]}, "rule 1.at_least.a"),
        ({"rule": [{"severity": "high", "why": "x", "is": {"a": ["b"]}}]}, "rule 1.severity"),
        ({"rule": [{"severity": "P1", "why": "x", "if": {}, "is": {"a": ["b"]}}]}, "if"),
    ],
)
def test_a_mistake_in_the_file_is_named(over: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidSetting, match=named):
        read_severity_rules({**FILE, **over})


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidSetting, match=r"nothing\.toml"):
        load("nothing")


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        ({"code": "storm", "environment": "dev"}, "P1"),
        ({"found.db.status": "storage-full"}, "P1"),
        ({"source": "aws.rds", "detail.EventID": "RDS-EVENT-0221"}, "P1"),
        ({"audience": "security", "detail.severity": "9"}, "P1"),
        ({"audience": "security", "detail.severity": "7"}, "P2"),
        ({"namespace": "AWS/ApplicationELB"}, "P2"),
        ({"namespace": "AWS/RDS", "metric": "FreeStorageSpace"}, "P2"),
        ({"namespace": "AWS/RDS", "metric": "FreeStorageSpace", "environment": "dev"}, "P4"),
        ({"remediation": "roll_back_ecs_deployment"}, "P2"),
        ({"remediation": "audit_backups"}, "P4"),
        ({"namespace": "AWS/PrivateLinkEndpoints"}, "P3"),
    ],
)
def test_the_runbooks_own_rules(said: dict[str, str], severity: str) -> None:
    assert severity_rules().rate(said, {}).severity == severity
