"""Metrics as lines of the log, in CloudWatch's embedded metric format: CloudWatch Logs makes metrics of them, and no call is made."""

from __future__ import annotations

from collections.abc import Iterable

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from functions.core.measure import NAMESPACE, SERVICE, Measure


def emit(measures: Iterable[Measure]) -> None:
    """A line each, because one line has one set of dimensions for all that is in it."""
    for measure in measures:
        unit = MetricUnit(measure.unit)
        with single_metric(name=measure.name, unit=unit, value=measure.value, namespace=NAMESPACE) as line:
            for name, value in {"service": SERVICE, **measure.dimensions}.items():
                line.add_dimension(name, value)
