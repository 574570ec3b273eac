"""undo: have what a run has changed taken back."""

from __future__ import annotations

import re
from typing import Any

from console.arguments import for_scripts, who_and_why
from console.invoke import Refused
from console.session import Session
from functions.adapters.follow_through import function_name
from functions.core.printable import printable

_RUN = re.compile(r"(?P<remediation>[a-z][a-z0-9_]*)-[0-9a-f]{20}(-.+)?")
_LONGEST = 2000
_REFUSED = frozenset({"declined", "escalated"})


def register(subcommands: Any) -> None:
    undo = subcommands.add_parser("undo", help="take back what a run has changed")
    undo.set_defaults(run=_undo)
    undo.add_argument("incident", metavar="INCIDENT")
    undo.add_argument("run_id", metavar="RUN")
    undo.add_argument("--observe", action="store_true", help="only tell what would be done")
    who_and_why(undo)
    for_scripts(undo)


def _undo(session: Session) -> None:
    said = session.said
    asked = {
        "undo": {"incident": said.incident, "run": said.run_id},
        "reason": said.reason,
        "requested_by": session.by,
        "mode": "observe" if said.observe else "act",
    }
    answer = session.invoke(_function(said.run_id), asked)
    told = printable(answer["text"], _LONGEST)
    if answer["decision"] in _REFUSED:
        raise Refused(told)
    session.show(answer, f"{answer['decision']}: {told or answer['run'] + ' of ' + answer['incident']}")


def _function(run: str) -> str:
    """A run is taken back by its own remediation's function, whose name its id begins with. Raises Refused."""
    match = _RUN.fullmatch(run)
    if match is None:
        raise Refused(f"{run} is no run: it is like scale_out_ecs_service-0123456789abcdef0123")
    return function_name(match["remediation"])
