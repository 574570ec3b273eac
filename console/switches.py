"""stop, freeze, lift, switches: hold off changes, let them go again, and see what holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType

from console.arguments import for_scripts, who_and_why
from console.look import minute, table
from console.session import Session

FUNCTION = "first-responder-switches"
_SCOPE = "all, account/<12 digits>, remediation/<name> or target/<ARN>"
_TIME = "TIME is like 2026-11-23T18:00:00Z or 2026-11-23T18:00:00+01:00."


def register(subcommands: Any) -> None:
    stop = subcommands.add_parser("stop", help="hold off all changes in a scope until it is lifted")
    stop.set_defaults(run=_stop)
    freeze = subcommands.add_parser("freeze", help="hold off all changes in a scope for a time", epilog=_TIME)
    freeze.set_defaults(run=_freeze)
    freeze.add_argument("--from", dest="starts", metavar="TIME", help="when it begins; now if left out")
    end = freeze.add_mutually_exclusive_group(required=True)
    end.add_argument("--for", dest="duration", metavar="DURATION", help="how long: 90m, 6h, 2d; 31 days at most")
    end.add_argument("--until", dest="ends", metavar="TIME", help="when it ends")
    lift = subcommands.add_parser("lift", help="take a stop or a freeze back")
    lift.set_defaults(run=_lift)
    for parser in (stop, freeze, lift):
        parser.add_argument("scope", metavar="SCOPE", help=_SCOPE)
        who_and_why(parser)
        for_scripts(parser)
    listing = subcommands.add_parser("switches", help="list what holds and what will, or what was set and lifted")
    listing.set_defaults(run=_list)
    listing.add_argument("--log", action="store_true", help="what was set and lifted, by whom and why")
    listing.add_argument("--since", metavar="TIME", help="the log from then on; from 31 days ago if left out")
    for_scripts(listing)


def _stop(session: Session) -> None:
    _change(session, "stop")


def _freeze(session: Session) -> None:
    said = session.said
    times = {"starts": said.starts, "ends": said.ends, "for": said.duration}
    _change(session, "freeze", **{name: value for name, value in times.items() if value is not None})


def _lift(session: Session) -> None:
    _change(session, "lift")


def _change(session: Session, verb: str, **more: str) -> None:
    said = session.said
    asked = {"switch": verb, "scope": said.scope, "reason": said.reason, "by": session.by, **more}
    answer = session.invoke(FUNCTION, asked)
    session.show(answer, answer["text"])


def _list(session: Session) -> None:
    said = session.said
    if said.log or said.since:
        answer = session.invoke(FUNCTION, {"switch": "log", **({"since": said.since} if said.since else {})})
        session.show(answer, _log_table(answer["log"]))
    else:
        answer = session.invoke(FUNCTION, {"switch": "list"})
        session.show(answer, _switch_table(answer["switches"]))


def _switch_table(switches: Sequence[Mapping[str, Any]]) -> RenderableType:
    rows = [
        (
            switch["scope"],
            switch["kind"] if switch["holds"] else f"{switch['kind']}, not yet",
            minute(switch.get("starts") or switch.get("since")),
            minute(switch.get("ends")) or "lifted",
            switch["by"],
            switch["reason"],
        )
        for switch in switches
    ]
    return table(("SCOPE", "SWITCH", "FROM", "UNTIL", "BY", "REASON"), rows, none="No switch is set.")


def _log_table(changes: Sequence[Mapping[str, Any]]) -> RenderableType:
    rows = [
        (
            minute(change["at"]),
            change["kind"].removeprefix("switch_"),
            change["switch"]["kind"],
            change["switch"]["scope"],
            change["by"],
            change["reason"],
        )
        for change in changes
    ]
    return table(("WHEN", "WHAT", "SWITCH", "SCOPE", "BY", "REASON"), rows, none="No switch was set or lifted.")
