"""Which one resource an alarm is about. Never a guess: what does not name exactly one is declined."""

from __future__ import annotations

import re
from typing import Any

from functions.core.alarm import Alarm, Kind, Request
from functions.core.arn import Arn, parse_arn
from functions.core.decision import Decline
from functions.core.errors import InvalidEvent
from functions.core.remediation import Remediation

_WITHOUT_REGION = frozenset({"iam"})


def target_of(remediation: Remediation[Any], alarm: Alarm) -> Arn | Decline:
    """The resource, or why there is none.

    Raises InvalidEvent for a resource of another service, account or Region.
    """
    found = _named(remediation, alarm)
    if isinstance(found, Decline):
        return found
    region = "" if remediation.service in _WITHOUT_REGION else alarm.region
    if (found.service, found.account, found.region) != (remediation.service, alarm.account, region):
        here = f"an ARN of {remediation.service} in account {alarm.account} and Region {alarm.region}"
        raise InvalidEvent("target", str(found), here)
    return found


def _named(remediation: Remediation[Any], alarm: Alarm) -> Arn | Decline:
    if alarm.request is not None:
        _check(remediation, alarm.request)
        return parse_arn(alarm.request.target, "target")
    if alarm.state != "ALARM":
        seen = f"the alarm went to {alarm.state}, not to ALARM"
        return Decline(code="not_in_alarm", seen=seen, advice="Nothing to do", call_person=False)
    if alarm.suppressed_by:
        seen = f"the alarm's actions are suppressed by {alarm.suppressed_by}"
        return Decline(code="actions_suppressed", seen=seen, advice="Nothing to do while they are", call_person=False)
    claiming = [trigger for trigger in remediation.triggers if trigger.claims(alarm)]
    if not claiming and alarm.kind in (Kind.METRIC, Kind.EVENT):
        seen = f"{remediation.name} does not answer this metric or event"
        return Decline(code="no_trigger", seen=seen, advice="Correct the alarm's action, or handle it by hand")
    return next(filter(None, (trigger.target_of(alarm) for trigger in claiming)), None) or _unnamed(alarm)


def _check(remediation: Remediation[Any], request: Request) -> None:
    """Raises InvalidEvent for a parameter that is unknown, missing, or not as it has to be."""
    known = {parameter.name: parameter for parameter in remediation.parameters}
    for name in request.parameters:
        if name not in known:
            raise InvalidEvent("parameters", name, ", ".join(known) or f"none: {remediation.name} has no parameters")
    for name, parameter in known.items():
        said = request.parameters.get(name)
        if said is None and not parameter.required:
            continue
        if said is None or not re.fullmatch(parameter.pattern, said):
            raise InvalidEvent(f"parameters.{name}", said, parameter.allowed)


def _unnamed(alarm: Alarm) -> Decline:
    return Decline(
        code="unexpected_dimensions" if alarm.kind is Kind.METRIC else f"{alarm.kind}_alarm",
        seen=f"a {alarm.kind.replace('_', ' ')} alarm does not name the one resource that it is about",
        advice="Find the resource in the alarm's configuration and invoke the remediation by hand with its ARN",
    )
