"""Pictures of the metric that an alarm watches: the last hours, and the same hours a week ago."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.core.incident.inquiry.findings import Part, Picture
from functions.core.incident.review.review import Curve
from functions.core.permission import EVERYTHING, Allow
from functions.readings.cloudwatch import GET_METRIC_DATA, Series, read_between
from functions.readings.look import UNREADABLE, Look, each, why
from functions.readings.surroundings import Surroundings
from functions.readings.watched_alarms import Watched

GET_METRIC_WIDGET_IMAGE = Allow(
    action="cloudwatch:GetMetricWidgetImage",
    on=EVERYTHING,
    because="GetMetricWidgetImage has no resource scope in IAM",
)
READS_OF_PICTURES: tuple[Allow, ...] = (GET_METRIC_WIDGET_IMAGE, GET_METRIC_DATA)
BACK, _WEEK = timedelta(hours=3), timedelta(days=7)
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST = 300_000
_WIDTH, _HEIGHT = 900, 300
_MOST = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wish:
    alarm: Watched
    start: datetime
    end: datetime
    when: str

    @property
    def title(self) -> str:
        one = self.alarm
        return f"{one.namespace} {one.metric}, {one.stat} of {int(one.period.total_seconds())} s, {self.when}"


def read_pictures(look: Look, around: Surroundings) -> Part[Picture]:
    """As CloudWatch draws them; its points where it draws none."""
    now = look.aws.now()
    wishes = [
        _Wish(alarm=alarm, start=now - back - BACK, end=now - back, when=when)
        for alarm in around.alarms[:_MOST]
        for back, when in ((timedelta(), "the last 3 h"), (_WEEK, "the same hours a week ago"))
    ]
    notes = [] if wishes else ["no alarm on a single metric is known, so that no metric is shown"]
    found = each(look, wishes, lambda wish: wish.title, lambda wish: [_picture(look, wish, notes)])
    return Part(items=found.items, missing=found.missing, notes=tuple(dict.fromkeys(notes)))


def _picture(look: Look, wish: _Wish, notes: list[str]) -> Picture:
    png = _drawn(look, wish, notes)
    if png:
        return Picture(title=wish.title, png=png)
    alarm = wish.alarm
    series = Series(alarm.namespace, alarm.metric, alarm.dimensions, alarm.stat, alarm.period)
    points = read_between(look.aws, {"m0": series}, start=wish.start, end=wish.end)["m0"]
    curve = Curve(
        name=wish.title,
        points=tuple((point.at, point.value) for point in points),
        threshold=alarm.threshold,
        period=alarm.period,
    )
    return Picture(title=wish.title, curve=curve)


def _drawn(look: Look, wish: _Wish, notes: list[str]) -> bytes:
    """Empty where CloudWatch draws nothing that is fit for a page, which is noted: the points say the same."""
    try:
        said = look.aws.client("cloudwatch").get_metric_widget_image(MetricWidget=_widget(wish), OutputFormat="png")
    except UNREADABLE as error:
        notes.append(f"drawn from its points, as CloudWatch's own picture could not be read: {why(error)}")
        return b""
    png = bytes(said.get("MetricWidgetImage") or b"")
    if png.startswith(_PNG) and len(png) <= _LARGEST:
        return png
    notes.append(f"drawn from its points, as what CloudWatch has drawn is no PNG of at most {_LARGEST // 1000} kB")
    return b""


def _widget(wish: _Wish) -> str:
    """As JSON (CloudWatch API Reference, "GetMetricWidgetImage: Metric Widget Structure and Syntax")."""
    alarm = wish.alarm
    dimensions = [text for pair in alarm.dimensions.items() for text in pair]
    said = {
        "title": wish.title,
        "width": _WIDTH,
        "height": _HEIGHT,
        "start": wish.start.isoformat(),
        "end": wish.end.isoformat(),
        "metrics": [[alarm.namespace, alarm.metric, *dimensions]],
        "stat": alarm.stat,
        "period": int(alarm.period.total_seconds()),
    }
    if alarm.threshold is not None:
        said["annotations"] = {"horizontal": [{"label": "threshold", "value": alarm.threshold}]}
    return json.dumps(said)
