"""The pages behind a signed link: self-contained HTML without a script. Whatever others wrote is cut, made printable and escaped."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from functions.core.printable import printable
from functions.core.proposal import Change, Proposal
from functions.core.switch import LONGEST_NAME, LONGEST_REASON, show

_LONGEST = 500
STYLE = """
:root { color-scheme: light dark; --edge: #8888; --bad: #b3261e; --good: #1b6e3c; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: 0; }
dt { opacity: .75; } dd { margin: 0; }
.warning { border: 2px solid var(--bad); border-radius: .5rem; padding: .25rem 1rem .75rem; margin-top: 1rem; }
.warning h2 { color: var(--bad); margin-top: .5rem; } @media (prefers-color-scheme: dark) { :root { --bad: #f2a29c; } }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; }
th, td { border: 1px solid var(--edge); } .none { color: var(--bad); font-weight: 600; }
label { display: block; margin: .75rem 0 .25rem; } input { font: inherit; width: 100%; padding: .4rem; box-sizing: border-box; }
button { font: inherit; font-weight: 600; padding: .6rem 1.2rem; margin: 1rem .75rem 0 0; border-radius: .4rem; }
button { border: 2px solid var(--edge); cursor: pointer; }
.yes { background: #1b6e3c; border-color: #1b6e3c; color: #fff; } .small { opacity: .75; font-size: .9rem; }
"""


def proposal_page(proposal: Proposal, token: str, named: str, notice: str = "") -> str:
    """The proposal with a form to answer it. `named` is who is asked; without one the form asks for a name."""
    about = {
        "Target": proposal.target,
        "Alarm": proposal.alarm,
        "Why": proposal.reason,
        "Asked because": proposal.ask_first,
        "Cost": proposal.cost,
        "Lasts": _lasts(proposal.given_back_after),
        "Answer until": show(proposal.expires_at),
        "Incident": proposal.incident,
        "Plan": proposal.plan_hash,
    }
    lines = "".join(f"<dt>{name}</dt><dd>{_text(value)}</dd>" for name, value in about.items() if value)
    rows = "".join(_row(change) for change in proposal.changes)
    said = f'<p class="none" role="alert">{_text(notice)}</p>' if notice else ""
    return _page(
        "A change waits for your answer",
        f"{said}<dl>{lines}</dl>{_irreversible(proposal)}<h2>What would be changed</h2>"
        f"<table><thead><tr><th>Change</th><th>Way back</th></tr></thead><tbody>{rows}</tbody></table>"
        f"{_form(token, named)}",
    )


def answered_page(text: str, approves: bool) -> str:
    """The answer was taken."""
    what = (
        "First Responder looks at the target again, and makes the change only where the same plan comes out."
        if approves
        else "Nothing is changed."
    )
    return _page("Thank you", f"<p>{_text(text)}.</p><p>{what}</p>")


def closed_page() -> str:
    """The same for whoever comes without a link that can be used, whatever is wrong with it."""
    return _page(
        "This link cannot be used",
        "<p>It may be incomplete or used, its time may be over, or the plan may have changed since.</p>"
        "<p><code>./first-responder proposals</code> lists what waits for an answer.</p>",
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title} - First Responder</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )


def _irreversible(proposal: Proposal) -> str:
    """What cannot be taken back stands above everything that can be clicked."""
    items = "".join(
        f"<li>{_text(change.does)}: {_text(change.way_back.removeprefix('none: '))}</li>"
        for change in proposal.changes
        if change.irreversible
    )
    return f'<section class="warning"><h2>Cannot be taken back</h2><ul>{items}</ul></section>' if items else ""


def _row(change: Change) -> str:
    mark = ' class="none"' if change.irreversible else ""
    return f"<tr><td>{_text(change.does)}</td><td{mark}>{_text(change.way_back)}</td></tr>"


def _form(token: str, named: str) -> str:
    who = (
        f"<p>You answer as <strong>{_text(named)}</strong>.</p>"
        if named
        else f'<label for="by">Your name</label><input id="by" name="by" required maxlength="{LONGEST_NAME}" autocomplete="name">'
    )
    return (
        f'<form method="post" action="/"><input type="hidden" name="token" value="{escape(token)}">{who}'
        '<label for="reason">Reason (optional)</label>'
        f'<input id="reason" name="reason" maxlength="{LONGEST_REASON}" autocomplete="off">'
        '<button class="yes" name="answer" value="approve">Approve this plan</button>'
        '<button name="answer" value="decline">Decline</button></form>'
        '<p class="small">Nothing happens until somebody approves. Your answer is kept with your name.</p>'
    )


def _lasts(given_back_after: timedelta | None) -> str:
    return f"{given_back_after // timedelta(minutes=1)} minutes, then it is taken back" if given_back_after else ""


def _text(value: str) -> str:
    return escape(printable(value, _LONGEST))
