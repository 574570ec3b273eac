"""One dashboard over all that is deployed: it follows from the same functions and places, and is edited for none of them.

What our code measures is declared in functions/core/measure.py. A graph holds 500 metrics at most, a dashboard 2500 (CloudWatch
quotas); both are far away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk.aws_cloudwatch import (
    Color,
    CustomWidget,
    Dashboard,
    GraphWidget,
    HorizontalAnnotation,
    IMetric,
    IWidget,
    LegendPosition,
    MathExpression,
    Metric,
    SingleValueWidget,
    YAxisProps,
)
from aws_cdk.aws_stepfunctions import StateMachine

from functions.core.incident.incident import Severity
from functions.core.measure import CHANGES, NAMESPACE, OPEN, OUTCOMES, REACTION, SERVICE
from infra.follow_through import FollowThrough
from infra.foundation import Foundation
from infra.place import Place
from infra.remediation_function import RemediationFunction
from infra.watched_function import WatchedFunction

_FIVE_MINUTES, _HOUR = Duration.minutes(5), Duration.hours(1)
_WIDE, _HALF, _THIRD = 24, 12, 8
_COLOURS = {"recovered": Color.GREEN, "undone": Color.ORANGE, "escalated": Color.RED, "observed": Color.BLUE}
_SEVERITIES = {"P1": Color.RED, "P2": Color.ORANGE, "P3": Color.BLUE, "P4": Color.GREY}
_FROM_ZERO = YAxisProps(min=0, show_units=False)


def dashboard(
    stack: Stack, foundation: Foundation, widget: WatchedFunction, follow_through: FollowThrough
) -> Dashboard:
    """Open incidents on top, then what was done about them, then whether First Responder itself is well."""
    functions = [one for one in stack.node.find_all() if isinstance(one, WatchedFunction)]
    remediations = [one for one in functions if isinstance(one, RemediationFunction)]
    board = Dashboard(stack, "Dashboard", dashboard_name="first-responder", default_interval=Duration.hours(24))
    board.add_widgets(_open(), _outcomes(), _budget(foundation.settings.changes_per_hour))
    board.add_widgets(_listed(widget))
    board.add_widgets(_reaction(remediations), _declines())
    board.add_widgets(_by_remediation(remediations, "recovered"), _by_remediation(remediations, "escalated"))
    board.add_widgets(_put_aside(functions), _failing(functions))
    board.add_widgets(_throttled(functions), _follow_through(follow_through.machine))
    return board


def own(name: str, statistic: str, period: Duration = _FIVE_MINUTES, **dimensions: str) -> Metric:
    """A metric of functions/core/measure.py."""
    return Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"service": SERVICE, **dimensions},
        statistic=statistic,
        period=period,
        label=next(iter(dimensions.values()), name),
        color=_SEVERITIES.get(dimensions.get("severity", "")) or _COLOURS.get(name if not dimensions else ""),
    )


def _open() -> IWidget:
    counts = [own(OPEN, "Maximum", severity=severity.value) for severity in Severity]
    return SingleValueWidget(title="Open incidents", metrics=counts, width=_THIRD, height=6)


def _listed(function: WatchedFunction) -> IWidget:
    return CustomWidget(
        title="What is open now",
        function_arn=function.function.function_arn,
        width=_WIDE,
        height=14,
        update_on_resize=False,
    )


def _outcomes() -> IWidget:
    return _stacked("Runs by outcome, per hour", [own(name, "Sum", _HOUR) for name in OUTCOMES], width=_THIRD)


def _budget(limit: int) -> IWidget:
    made = own(CHANGES, "Maximum")
    left = MathExpression(expression=f"{limit} - made", using_metrics={"made": made}, label="left", color=Color.GREEN)
    return GraphWidget(
        title="Changes of this hour, and what is left",
        left=[made, left],
        left_annotations=[HorizontalAnnotation(value=limit, label="changes-per-hour", color=Color.RED)],
        left_y_axis=_FROM_ZERO,
        width=_THIRD,
    )


def _reaction(remediations: Iterable[RemediationFunction]) -> IWidget:
    times = [own(REACTION, "p90", remediation=row.remediation.name) for row in remediations]
    return _lines("Reaction: alarm to first change, p90 in ms", times)


def _declines() -> IWidget:
    """By a search: a code has a series from its first decline on, and nobody keeps a list of codes."""
    schema = f'{{{NAMESPACE},code,service}} MetricName="declined"'
    found = MathExpression(expression=f"SEARCH('{schema}', 'Sum', 3600)", using_metrics={}, label="", period=_HOUR)
    return _stacked("Declines by code, per hour", [found])


def _by_remediation(remediations: Iterable[RemediationFunction], outcome: str) -> IWidget:
    rows = [own(outcome, "Sum", _HOUR, remediation=row.remediation.name) for row in remediations]
    return _stacked(f"{outcome.capitalize()} by remediation, per hour", rows)


def _put_aside(functions: Sequence[WatchedFunction]) -> IWidget:
    """Dead letters of the functions, and the lines that a place could not take."""
    names = {_name(one): one.dead_letters for one in functions}
    aside = {f"{one.place} (put aside)": one.put_aside for one in functions if isinstance(one, Place)}
    waiting = [
        queue.metric_approximate_number_of_messages_visible(statistic="Maximum", label=label, period=_FIVE_MINUTES)
        for label, queue in {**names, **aside}.items()
    ]
    return _lines("Dead letters and lines put aside", waiting)


def _failing(functions: Iterable[WatchedFunction]) -> IWidget:
    failed = [one.function.metric_errors(statistic="Sum", label=_name(one), period=_FIVE_MINUTES) for one in functions]
    return _lines("Functions that failed", failed)


def _throttled(functions: Iterable[WatchedFunction]) -> IWidget:
    held = [one.function.metric_throttles(statistic="Sum", label=_name(one), period=_FIVE_MINUTES) for one in functions]
    return _lines("Functions that were throttled", held)


def _follow_through(machine: StateMachine) -> IWidget:
    failures: Mapping[str, Metric] = {
        "failed": machine.metric_failed(statistic="Sum", period=_FIVE_MINUTES),
        "timed out": machine.metric_timed_out(statistic="Sum", period=_FIVE_MINUTES),
        "throttled": machine.metric_throttled(statistic="Sum", period=_FIVE_MINUTES),
    }
    return _lines("Follow-through that failed", [metric.with_(label=label) for label, metric in failures.items()])


def _lines(title: str, metrics: Sequence[IMetric]) -> IWidget:
    return GraphWidget(
        title=title, left=metrics, left_y_axis=_FROM_ZERO, width=_HALF, legend_position=LegendPosition.RIGHT
    )


def _stacked(title: str, metrics: Sequence[IMetric], width: int = _HALF) -> IWidget:
    return GraphWidget(title=title, left=metrics, left_y_axis=_FROM_ZERO, width=width, stacked=True)


def _name(function: WatchedFunction) -> str:
    return function.node.id.removeprefix("first-responder-")
