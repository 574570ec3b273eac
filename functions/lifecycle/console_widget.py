"""The custom widget of the dashboard: lists open incidents, and offers to answer. Reads the record and changes nothing.

CloudWatch invokes it with the rights of whoever looks at the dashboard. Its buttons call the answer function, again with that
person's own rights: who may look but not invoke `first-responder-answer` cannot answer.

Takes `{"describe": true}` (answers how it is used, in Markdown) or `{"widgetContext": {...}}`; answers HTML.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.core.incident.ports import Incidents
from functions.core.ports import Ports
from functions.core.proposal import waiting
from functions.core.remediation import Audience
from functions.lifecycle.console_answer import typed
from functions.lifecycle.console_page import Glance, widget
from functions.wiring import PREFIX, in_lambda, wire

MOST = 10
"""Stories, each read with a query of its own."""
_LAST = datetime.max.replace(tzinfo=UTC)
_DOCS = """## Open incidents
Lists what is not resolved, the most urgent first, with the newest lines and the plans that wait for an answer.

It takes no parameters. To see it, `lambda:InvokeFunction` on this function is needed; to answer by its buttons, on
`first-responder-answer`. Answers are recorded under the name that is typed, as `console:<name>`.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """The doors of this function; `answers` is the ARN of the function that the buttons call."""

    ports: Ports
    incidents: Incidents
    answers: str


def lambda_handler(event: Any, context: Any) -> str | dict[str, str]:
    """Raises what AWS raises: the dashboard then shows that it failed."""
    return look(_window(), event)


def look(window: Window, event: Any) -> str | dict[str, str]:
    """The widget, or what it is for."""
    if isinstance(event, Mapping) and event.get("describe"):
        return {"markdown": _DOCS}
    return widget(_glance(window), window.answers, typed(event))


def _glance(window: Window) -> Glance:
    """Security's incidents are counted and not shown: a dashboard has more readers than their places."""
    ports, leading = window.ports, [incident for incident in window.incidents.unresolved() if incident.leads]
    shown = [incident for incident in leading if incident.audience is not Audience.SECURITY]
    shown.sort(key=lambda incident: (incident.severity, incident.opened_at))
    stories = [window.incidents.story(incident.id) for incident in shown[:MOST]]
    return Glance(
        stories=[story for story in stories if story is not None],
        proposals=waiting(ports.store.overdue(_LAST), ports.clock.now(), ports.settings),
        more=len(shown[MOST:]),
        hidden=len(leading) - len(shown),
        now=ports.clock.now(),
    )


@cache
def _window() -> Window:
    ports = wire(os.environ)
    incidents = DynamoDbIncidents(ports.aws.client("dynamodb"), os.environ[f"{PREFIX}TABLE"])
    return Window(ports=ports, incidents=incidents, answers=os.environ[f"{PREFIX}ANSWERS"])


if in_lambda():
    _window()
