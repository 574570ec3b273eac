"""PagerDuty's Events API v2 on the loopback (developer.pagerduty.com/docs/events-api-v2): takes events, and keeps one open alert for
each deduplication key and integration."""

from __future__ import annotations

from dataclasses import dataclass, field

from drills.people_standin.loopback import Loopback, Said

ROUTING_KEY = "0" * 32
_SEVERITIES = ("critical", "error", "warning", "info")


@dataclass
class Alert:
    """One that was opened. `log` are the triggers that it has had."""

    key: str
    integration: str
    status: str = "triggered"
    log: list[Said] = field(default_factory=list)


class PagerDuty(Loopback):
    """A service with its integrations. `alerts` are in the order in which they were opened: each has woken somebody up."""

    routes = (("enqueue", "POST", "/v2/enqueue", "enqueue"),)

    def __init__(self) -> None:
        self.routing_keys = {ROUTING_KEY}
        self.alerts: list[Alert] = []
        super().__init__()

    def enqueue(self, event: Said) -> tuple[int, Said]:
        wrong = self._wrong(event)
        if wrong:
            return 400, {"status": "invalid event", "message": "Event object is invalid", "errors": [wrong]}
        key, integration = event["dedup_key"], event["routing_key"]
        found = [one for one in self.alerts if (one.key, one.integration) == (key, integration)]
        still = next((one for one in found if one.status != "resolved"), None)
        if event["event_action"] == "trigger":
            if still is None:
                still = Alert(key, integration)
                self.alerts.append(still)
            still.log.append(event["payload"])
        elif still is not None:
            still.status = "acknowledged" if event["event_action"] == "acknowledge" else "resolved"
        return 202, {"status": "success", "message": "Event processed", "dedup_key": key}

    def _wrong(self, event: Said) -> str:
        """What the documentation rules out; empty for an event that is all right."""
        if event.get("routing_key") not in self.routing_keys:
            return f"Invalid routing key {event.get('routing_key')}"
        if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
            return "'event_action' is invalid"
        if not 1 <= len(str(event.get("dedup_key") or "")) <= 255:
            return "'dedup_key' is invalid"
        payload = event.get("payload") or {}
        return _wrong_payload(payload) if event["event_action"] == "trigger" else ""


def _wrong_payload(payload: Said) -> str:
    if not 1 <= len(str(payload.get("summary") or "")) <= 1024:
        return "'payload.summary' is missing or too long"
    if not payload.get("source"):
        return "'payload.source' is missing or blank"
    if payload.get("severity") not in _SEVERITIES:
        return "'payload.severity' is invalid (must be one of critical, warning, error or info)"
    return ""
