"""Metric math: what is known is computed, what is unknown is refused."""

import math

import pytest

from drills.local_aws.metric_math import UnsupportedExpressionError, evaluate

SERIES = {"a": {0.0: 4.0, 60.0: 0.0}, "b": {0.0: 1.0, 60.0: 3.0, 120.0: 5.0}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a + b", {0.0: 5.0, 60.0: 3.0}),
        ("100 * (a / (a + b))", {0.0: 80.0, 60.0: 0.0}),
        ("b ^ 2", {0.0: 1.0, 60.0: 9.0, 120.0: 25.0}),
        ("-a", {0.0: -4.0, 60.0: 0.0}),
        ("IF(a > 1, b, 9)", {0.0: 1.0, 60.0: 9.0}),
        ("IF(a > 1 AND b = 1, 1, 0)", {0.0: 1.0, 60.0: 0.0}),
        ("IF(a > 1 || b > 2, 1, 0)", {0.0: 1.0, 60.0: 1.0}),
        ("FILL(a, 7)", {0.0: 4.0, 60.0: 0.0, 120.0: 7.0}),
        ("MAX([a, b])", {0.0: 4.0, 60.0: 3.0, 120.0: 5.0}),
        ("AVG(b)", 3.0),
        ("CEIL(a / 3)", {0.0: 2.0, 60.0: 0.0}),
        ("SERVICE_QUOTA(a)", {}),
    ],
)
def test_known(expression: str, value: object) -> None:
    assert evaluate(expression, SERIES) == value


def test_division_by_zero_has_no_value() -> None:
    result = evaluate("b / a", SERIES)
    assert isinstance(result, dict)
    assert result[0.0] == 0.25
    assert math.isnan(result[60.0])


@pytest.mark.parametrize("expression", ["SEARCH('x')", "a.b", "unknown + 1", "a +", "__import__('os')", "RATE(a)"])
def test_unknown(expression: str) -> None:
    with pytest.raises(UnsupportedExpressionError):
        evaluate(expression, SERIES)
