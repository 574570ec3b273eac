"""Metrics in the log, as CloudWatch reads them there."""

from __future__ import annotations

import json

import pytest

from functions.core.measure import Measure
from functions.emf import emit


def test_each_measure_is_a_line_with_its_own_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    emit(
        [
            Measure(name="declined", value=1, dimensions={"code": "too_hot"}),
            Measure(name="reaction_time", value=12.5, unit="Milliseconds", dimensions={"remediation": "toy"}),
            Measure(name="recovered", value=1),
        ]
    )
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    directives = [line["_aws"]["CloudWatchMetrics"] for line in lines]
    assert [[(one["Namespace"], *map(sorted, one["Dimensions"])) for one in said] for said in directives] == [
        [("FirstResponder", ["code", "service"])],
        [("FirstResponder", ["remediation", "service"])],
        [("FirstResponder", ["service"])],
    ]
    assert [said[0]["Metrics"] for said in directives] == [
        [{"Name": "declined", "Unit": "Count"}],
        [{"Name": "reaction_time", "Unit": "Milliseconds"}],
        [{"Name": "recovered", "Unit": "Count"}],
    ]
    assert (lines[0]["declined"], lines[0]["code"], lines[0]["service"]) == ([1.0], "too_hot", "first-responder")
    assert lines[1]["reaction_time"] == [12.5]
