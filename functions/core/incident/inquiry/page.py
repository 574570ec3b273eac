"""The evidence as one HTML page that needs nothing else. Pictures stand in it as data; whatever strangers wrote is text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from html import escape

from functions.core.incident.inquiry.counts import counts
from functions.core.incident.inquiry.findings import Change, Findings, Part, Picture
from functions.core.incident.review.curve_drawing import draw_curve
from functions.core.incident.review.page_blocks import Cell, document, drawing, nothing, section, short, table, text
from functions.core.incident.review.words import heading, length, line, moment
from functions.core.remediation import Audience

_LONGEST = 200


def page(findings: Findings) -> str:
    """Each part with what was found, how it was looked, and what could not be read."""
    parts = (_alarms(findings), _changes(findings), _health(findings), _pictures(findings), _logs(findings))
    inner = f"{_header(findings)}{short(counts(findings))}{''.join(parts)}{_footer(findings)}"
    return document(f"Evidence of {findings.subject.of}: {findings.subject.title}", inner, pictures=True)


def _header(findings: Findings) -> str:
    subject = findings.subject
    secret = subject.audience is Audience.SECURITY
    only = '<p class="bad">For the security team only.</p>' if secret else ""
    about = [subject.severity, subject.service, subject.of, *(str(target) for target in subject.targets)]
    said = "".join(f"<li>{escape(line(word, _LONGEST))}</li>" for word in about if word)
    return (
        '<header><p class="small">What was seen around it, read and not changed; the cause is for people to find</p>'
        f"<h1>{escape(heading(subject.title))}</h1>"
        f'<ul class="about {subject.severity.lower()}" aria-label="About it">{said}</ul>{only}</header>'
    )


def _alarms(findings: Findings) -> str:
    rows = [
        (one.name, one.kind, moment(one.since) if one.since else "not said", one.reason)
        for one in findings.alarms.items
    ]
    return _part(
        "Other alarms that fire", findings.alarms, "By when they went off", _ALARMS, rows, "No other alarm fires"
    )


def _changes(findings: Findings) -> str:
    latest_first = sorted(findings.changes.items, key=lambda one: one.at, reverse=True)
    rows = [(moment(one.at), _apart(one, findings.subject.since), one.what, one.on, one.by) for one in latest_first]
    caption = f"It began at {moment(findings.subject.since)}; what comes before it in time need not be its cause"
    return _part(
        "Deployments and changes", findings.changes, caption, _CHANGES, rows, "No change is known of these hours"
    )


def _health(findings: Findings) -> str:
    rows: list[Sequence[Cell]] = [
        (one.on, (f"{one.good} of {one.wanted} {one.kind}", "good" if one.good >= one.wanted else "bad"), one.seen)
        for one in findings.health.items
    ]
    return _part(
        "What belongs to it", findings.health, "As it is now", _HEALTH, rows, "Nothing is known that belongs to it"
    )  # fmt: skip


def _pictures(findings: Findings) -> str:
    shown = "".join(_picture(one, findings.subject.since) for one in findings.pictures.items)
    none = nothing("No metric is shown") if not shown else ""
    return section("The alarm's metric, now and a week ago", f"{shown}{none}{_said(findings.pictures)}")


def _logs(findings: Findings) -> str:
    rows: list[Sequence[Cell]] = [((one.at, "brief"), one.group, one.text) for one in findings.logs.items]
    caption = "Obvious secrets and personal data are masked by a short list; treat the rest with care"
    return _part("Log lines that speak of trouble", findings.logs, caption, _LOGS, rows, "No such line was found")


_ALARMS = ("Alarm", "Kind", "Since", "Reason")
_CHANGES = ("When", "Against the beginning", "What", "On", "By")
_HEALTH = ("What", "Healthy", "Seen")
_LOGS = ("When", "Log group", "Line")


def _part(
    title: str, part: Part[object], caption: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], empty: str
) -> str:
    """That nothing was found is only said where all could be read."""
    none = "" if part.missing else nothing(empty)
    return section(title, f"{table(caption, heads, rows) if rows else none}{_said(part)}")


def _said(part: Part[object]) -> str:
    missing = "".join(f'<p class="bad">{text(sentence)}</p>' for sentence in part.missing)
    return missing + "".join(f'<p class="small">{text(sentence)}</p>' for sentence in part.notes)


def _picture(one: Picture, since: datetime) -> str:
    if one.png:
        source = f"data:image/png;base64,{b64encode(one.png).decode()}"
        return drawing(f'<img alt="{text(one.title)}" src="{source}">', one.title)
    drawn = draw_curve(one.curve, _within(one, since), since) if one.curve else ""
    return drawing(drawn, one.title) if drawn else nothing(f"{text(one.title)}: CloudWatch has no datapoints")


def _within(one: Picture, since: datetime) -> Sequence[tuple[str, datetime]]:
    at = [point for point, _ in one.curve.points] if one.curve else []
    return [("Began", since)] if at and min(at) <= since <= max(at) else []


def _apart(change: Change, since: datetime) -> str:
    return f"{length(since - change.at)} {'before' if change.at <= since else 'after'}"


def _footer(findings: Findings) -> str:
    read = f"Read by First Responder at {moment(findings.looked_at)}. All times are UTC."
    return f'<footer class="small"><p>{read}</p></footer>'
