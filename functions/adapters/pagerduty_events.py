"""PagerDuty, by its Events API v2 (developer.pagerduty.com/docs/events-api-v2): all that is sent for one incident is one alert,
by its `dedup_key`, so that a repetition calls nobody twice while the alert is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.adapters.json_http import JsonHttp
from functions.adapters.json_secret import JsonSecret
from functions.core.incident.incident import Severity
from functions.core.incident.pager import Page, Step

SECRET_FIELDS = ("routing_key",)
URL = "https://events.pagerduty.com"
_PATH = "/v2/enqueue"
_VOID = (400, 401, 403)
"""An integration key that is none any more: PagerDuty documents 400 for every event that it does not take."""
_SEVERITIES = {Severity.P1: "critical", Severity.P2: "error", Severity.P3: "warning", Severity.P4: "info"}


class PagerDutyEvents:
    """The core's `Pager`."""

    def __init__(self, http: JsonHttp, secret: JsonSecret) -> None:
        self._http, self._secret = http, secret

    def send(self, page: Page) -> None:
        """See `Pager.send`. Raises HttpRefused: 429 and 5xx may go away by themselves, 400 is our own fault."""
        self._secret.use(lambda secret: self._enqueue(page, secret["routing_key"]), _VOID)

    def _enqueue(self, page: Page, routing_key: str) -> Mapping[str, Any]:
        return self._http.ask("POST", _PATH, {"routing_key": routing_key, **_event(page)}, secret=routing_key)


def _event(page: Page) -> dict[str, Any]:
    event: dict[str, Any] = {"event_action": page.step.value, "dedup_key": page.incident}
    if page.step is Step.TRIGGER:
        event["client"] = "First Responder"
        event["payload"] = {
            "summary": page.summary,
            "source": page.source,
            "severity": _SEVERITIES[page.severity],
            "timestamp": page.at.isoformat(timespec="milliseconds"),
            **({"component": page.component} if page.component else {}),
            "custom_details": dict(page.details),
        }
    return event
