"""proposals, approve, decline: see which plans wait for a person, and answer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType

from console.arguments import for_scripts
from console.invoke import Refused
from console.look import minute, table
from console.session import Session

FUNCTION = "first-responder-answer"
_INSTEAD = "say --yes, or which plan you have seen with --plan HASH"
Proposal = Mapping[str, Any]


def register(subcommands: Any) -> None:
    listing = subcommands.add_parser("proposals", help="list the plans that wait for an answer")
    listing.set_defaults(run=_list)
    for_scripts(listing)
    approve = subcommands.add_parser("approve", help="have a plan carried out, if it still is the same")
    approve.set_defaults(run=_approve)
    approve.add_argument("--yes", action="store_true", help="do not ask back")
    decline = subcommands.add_parser("decline", help="have a plan not carried out")
    decline.set_defaults(run=_decline)
    for parser in (approve, decline):
        parser.add_argument("incident", metavar="INCIDENT")
        parser.add_argument("run_id", metavar="RUN")
        parser.add_argument("--plan", metavar="HASH", help="the plan that you mean; the one that is shown if left out")
        parser.add_argument("--by", help="your name, if not the one of your AWS credentials")
        parser.add_argument("--reason", default="", help="why; kept with the answer")
        for_scripts(parser)


def _list(session: Session) -> None:
    answer = session.invoke(FUNCTION, {"answer": "list"})
    found: Sequence[Proposal] = answer["proposals"]
    rows = [
        (p["incident"], p["run"], p["plan"], minute(p["expires_at"]), p["cost"], "; ".join(_changes(p))) for p in found
    ]
    headings = ("INCIDENT", "RUN", "PLAN", "EXPIRES", "COST", "WOULD CHANGE")
    session.show(answer, table(headings, rows, none="Nothing waits for an answer."))


def _approve(session: Session) -> None:
    said = session.said
    plan = _shown_plan(session)
    if not (said.yes or said.plan) and not session.ask("Approve this plan?", _INSTEAD):
        raise Refused("nothing was answered")
    _answer(session, "approve", plan)


def _decline(session: Session) -> None:
    _answer(session, "decline", _shown_plan(session))


def _shown_plan(session: Session) -> str:
    """The hash of the plan that was asked for, after showing it. Raises Refused where it does not wait."""
    said = session.said
    answer = session.invoke(FUNCTION, {"answer": "show", "incident": said.incident, "run": said.run_id})
    proposal = answer["proposal"]
    if proposal is None:
        raise Refused(answer["text"])
    if not said.json:
        session.show(answer, *_told(proposal))
    return str(said.plan or proposal["plan"])


def _answer(session: Session, verb: str, plan: str) -> None:
    said = session.said
    asked = {"incident": said.incident, "run": said.run_id, "plan": plan, "by": session.by, "reason": said.reason}
    answer = session.invoke(FUNCTION, {"answer": verb, **asked})
    if not answer["taken"]:
        raise Refused(answer["text"])
    session.show(answer, answer["text"])


def _told(proposal: Proposal) -> list[RenderableType]:
    given_back = proposal["given_back_after_seconds"]
    about = [
        ("Target", proposal["target"]),
        ("Alarm", proposal["alarm"]),
        ("Why", proposal["reason"]),
        *([("Asked because", proposal["ask_first"])] if proposal["ask_first"] else []),
        ("Cost", proposal["cost"]),
        ("Lasts", f"{given_back // 60} minutes, then it is taken back" if given_back else "until somebody changes it"),
        ("Expires", minute(proposal["expires_at"])),
        ("Plan", proposal["plan"]),
    ]
    changes = [(change["does"], change["way_back"]) for change in proposal["changes"]]
    return [
        table(("PROPOSAL", ""), about, none=""),
        "",
        table(("CHANGE", "WAY BACK"), changes, none=""),
        "",
    ]


def _changes(proposal: Proposal) -> list[str]:
    return [f"{c['does']}{' (no way back)' if c['irreversible'] else ''}" for c in proposal["changes"]]
