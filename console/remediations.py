"""plan, run: have a remediation look at a target and say what it would do, or have it done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType

from console.arguments import for_scripts, named
from console.invoke import Refused
from console.look import facts, table
from console.session import Session
from functions.adapters.follow_through import function_name
from functions.catalogue import names

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_REFUSED = frozenset({"declined", "escalated"})
_PARAMETER = "NAME=VALUE"
_LOOKING = "looked at by hand"
Answer = Mapping[str, Any]


def register(subcommands: Any) -> None:
    among = f"The remediations: {', '.join(names())}."
    planning = subcommands.add_parser("plan", help="see what a remediation would do; changes nothing", epilog=among)
    planning.set_defaults(run=_plan)
    running = subcommands.add_parser("run", help="have a remediation propose or act, after asking back", epilog=among)
    running.set_defaults(run=_run)
    for parser in (planning, running):
        parser.add_argument("remediation", metavar="REMEDIATION")
        parser.add_argument("target", metavar="TARGET", help="the ARN of the resource")
        parser.add_argument("--parameter", metavar=_PARAMETER, action="append", default=[], help="may be said again")
        named(parser)
        for_scripts(parser)
    planning.add_argument("--reason", default=_LOOKING, help="kept with the run")
    running.add_argument("--mode", required=True, choices=("propose", "act"), help="the owner's tag may only lower it")
    running.add_argument("--reason", required=True, help="why; kept with the run")
    running.add_argument("--yes", action="store_true", help="do not look first and ask back")


def _plan(session: Session) -> None:
    answer = _asked(session, "observe")
    session.show(answer, *_told(answer))


def _run(session: Session) -> None:
    said = session.said
    if not said.yes:
        looked = _asked(session, "observe")
        if not said.json:
            session.tell(*_told(looked), "")
        if not session.ask(f"Have this done in mode {said.mode}?", "say --yes, after looking with plan"):
            raise Refused("nothing was done")
    answer = _asked(session, said.mode)
    session.show(answer, *_told(answer))


def _asked(session: Session, mode: str) -> Answer:
    """Raises Refused where it declines or cannot do it, with its reason."""
    said = session.said
    if not _NAME.fullmatch(said.remediation):
        raise Refused(_unknown(said.remediation))
    asked = {"target": said.target, "reason": said.reason, "requested_by": session.by, "mode": mode}
    parameters = dict(_pair(text) for text in said.parameter)
    request = {**asked, **({"parameters": parameters} if parameters else {})}
    try:
        answer = session.invoke(function_name(said.remediation), request)
    except Refused as refused:
        raise Refused(f"{refused}{_hint(said.remediation)}") from None
    if answer["decision"] in _REFUSED:
        raise Refused(answer["text"])
    return answer


def _told(answer: Answer) -> list[RenderableType]:
    plan = answer["plan"] or {}
    lasts = plan.get("give_back_after_seconds")
    about = [
        ("Decision", answer["decision"]),
        ("Incident", answer["incident"]),
        ("Run", answer["run"]),
        ("Why", plan.get("reason")),
        ("Asks because", plan.get("ask_first")),
        ("Cost", _cost(plan) if plan else ""),
        ("Lasts", f"{lasts // 60} minutes, then it is taken back" if lasts else ""),
    ]
    changes = list(zip(plan.get("lines", ()), plan.get("way_back", ()), strict=True))
    return [facts(about), *(["", table(("CHANGE", "WAY BACK"), changes, none="")] if changes else [])]


def _cost(plan: Mapping[str, Any]) -> str:
    known = plan["cost_per_month_usd"]
    return f"USD {known} a month, at list prices" if known is not None else "not known"


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise Refused(f"--parameter is {text!r}; allowed: {_PARAMETER}")
    return name, value


def _unknown(name: str) -> str:
    return f"{name} is no remediation; there are {', '.join(names())}"


def _hint(name: str) -> str:
    return "" if name in names() else f". {_unknown(name)}"
