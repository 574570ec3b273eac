"""incidents, show, ack, mitigate, resolve, severity, report: what is open, its story, and a person's word on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from console.arguments import for_scripts, named, who_and_why
from console.follow import follow
from console.invoke import Refused
from console.look import span, table
from console.session import Session
from console.story import story

FUNCTION = "first-responder-answer"
_REPORTS = "first-responder-report"
_NOTHING_NEW = "nothing_new"
_HEADINGS = ("INCIDENT", "P", "STATUS", "AGE", "RESPONSE", "SERVICE", "TITLE")
_SEVERITIES = ("P1", "P2", "P3", "P4")
Incident = Mapping[str, Any]


def register(subcommands: Any) -> None:
    listing = subcommands.add_parser("incidents", help="list what is not resolved, the most urgent first")
    listing.set_defaults(run=_list)
    for_scripts(listing)
    showing = subcommands.add_parser("show", help="tell the whole story of an incident")
    showing.set_defaults(run=_show)
    showing.add_argument("incident", metavar="INCIDENT")
    showing.add_argument("--follow", action="store_true", help="go on as it happens until it is resolved, or Ctrl-C")
    for_scripts(showing)
    _words(subcommands)
    report = subcommands.add_parser("report", help="open an incident by hand")
    report.set_defaults(run=_report)
    for name, what in (("service", "what it concerns"), ("title", "a few words"), ("what", "a sentence or two")):
        report.add_argument(f"--{name}", required=True, help=what)
    report.add_argument("--severity", choices=_SEVERITIES, help="by the rules if left out")
    report.add_argument("--environment", help="production, if left out")
    named(report)
    for_scripts(report)


def _words(subcommands: Any) -> None:
    taking = subcommands.add_parser("ack", help="take an incident on")
    taking.set_defaults(run=lambda session: _say(session, "acknowledge"))
    taking.add_argument("--reason", default="", help="kept with your name")
    mitigating = subcommands.add_parser("mitigate", help="say that the trouble is over for now")
    mitigating.set_defaults(run=lambda session: _say(session, "mitigate"))
    resolving = subcommands.add_parser("resolve", help="have an incident ended once the checks agree")
    resolving.set_defaults(run=_resolve)
    resolving.add_argument("--anyway", action="store_true", help="without the checks; needs --reason")
    resolving.add_argument("--reason", default="", help="why; who reads the review wants to know")
    rating = subcommands.add_parser("severity", help="say how urgent it is; no machine changes that any more")
    rating.set_defaults(run=lambda session: _say(session, "severity", severity=session.said.severity))
    for parser in (taking, mitigating, resolving, rating):
        parser.add_argument("incident", metavar="INCIDENT")
        for_scripts(parser)
    rating.add_argument("severity", choices=_SEVERITIES, metavar="P1|P2|P3|P4")
    for parser in (mitigating, rating):
        who_and_why(parser)
    for parser in (taking, resolving):
        named(parser)


def _list(session: Session) -> None:
    answer = session.invoke(FUNCTION, {"answer": "incidents"})
    leading = [incident for incident in answer["incidents"] if not incident["joined"]]
    urgent_first = sorted(leading, key=lambda incident: (incident["severity"], incident["opened_at"]))
    rows = [_row(incident, session.clock.now()) for incident in urgent_first]
    session.show(answer, table(_HEADINGS, rows, none="No incident is open."))


def _row(incident: Incident, now: datetime) -> Sequence[object]:
    return (
        incident["id"],
        incident["severity"],
        incident["status"],
        span(now - datetime.fromisoformat(incident["opened_at"])),
        _response(incident, now),
        str(incident["service"]).rpartition(":")[2],
        incident["title"] + (f" (and {len(incident['joiners'])} more)" if incident["joiners"] else ""),
    )


def _response(incident: Incident, now: datetime) -> str:
    """Who has taken it on, how long is left until somebody has to, or by how much that is late."""
    if incident["acknowledged"]:
        return f"by {incident['acknowledged']['by']}"
    left = datetime.fromisoformat(incident["response_due"]) - now
    return f"due {span(left)}" if left >= timedelta() else f"late {span(left)}"


def _show(session: Session) -> None:
    asked = {"answer": "incident", "incident": session.said.incident}
    if session.said.follow:
        follow(session, lambda: session.invoke(FUNCTION, asked)["story"])
    else:
        answer = session.invoke(FUNCTION, asked)
        session.show(answer, *story(answer["story"], session.clock.now()))


def _resolve(session: Session) -> None:
    if session.said.anyway and not session.said.reason:
        raise Refused("--anyway needs --reason: who reads the review wants to know why the checks were passed over")
    _say(session, "resolve_anyway" if session.said.anyway else "resolve")


def _say(session: Session, verb: str, **more: str) -> None:
    """Who says again what holds already is told so, and has not failed."""
    said = session.said
    asked = {"incident": said.incident, "by": session.by, "reason": said.reason, **more}
    answer = session.invoke(FUNCTION, {"answer": verb, **asked})
    if not answer["taken"] and answer["code"] != _NOTHING_NEW:
        raise Refused(answer["text"])
    session.show(answer, answer["text"])


def _report(session: Session) -> None:
    names = ("service", "title", "what", "severity", "environment")
    said = {name: value for name in names if (value := getattr(session.said, name)) is not None}
    answer = session.invoke(_REPORTS, {"report": said, "by": session.by})
    session.show(answer, f"{answer['incident']}: {answer['text']}")
