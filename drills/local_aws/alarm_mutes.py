"""Alarm mute rules: Put, Get, List and Delete, and whether an alarm is muted now.

A rule mutes the actions of its targets while its schedule has a window open, or of all alarms where it names none; evaluation
and events go on. Limits: tags are accepted and not kept; the query (XML) protocol is ministack's, which has no mute rules.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import cbor2
from ministack import app
from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import cloudwatch as cw

from drills.local_aws import mute_schedules

Body = dict[str, Any]
_STATUSES = ("SCHEDULED", "ACTIVE", "EXPIRED")
_PAGE = 100
_TOKEN = "from:"
_STAMPS = ("StartDate", "ExpireDate", "LastUpdatedTimestamp")
_rules: Any = AccountRegionScopedDict()


class _RefusalError(Exception):
    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def arn(name: str) -> str:
    """The ARN of a mute rule."""
    return f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm-mute-rule:{name}"


def mutes(alarm_name: str) -> bool:
    """Whether a rule that is active now targets this alarm, metric or composite."""
    return any(_targets(rule, alarm_name) and _status(rule) == "ACTIVE" for rule in _rules.values())


def _targets(rule: Body, alarm_name: str) -> bool:
    named = (rule.get("MuteTargets") or {}).get("AlarmNames")
    return not named or alarm_name in named


def _status(rule: Body) -> str:
    now, schedule = datetime.now(UTC), mute_schedules.parse(rule["Rule"]["Schedule"])
    start, expire = rule.get("StartDate"), rule.get("ExpireDate")
    if schedule.is_over(now) or (expire is not None and expire <= now.timestamp()):
        return "EXPIRED"
    begun = start is None or start <= now.timestamp()
    return "ACTIVE" if begun and schedule.covers(now) else "SCHEDULED"


def _put(body: Body) -> Body:
    try:
        mute_schedules.parse(body["Rule"]["Schedule"])
    except mute_schedules.UnplayableScheduleError as wrong:
        raise _RefusalError("ValidationError", str(wrong)) from None
    named = (body.get("MuteTargets") or {}).get("AlarmNames") or []
    if unknown := [name for name in named if name not in cw._alarms and name not in cw._composite_alarms]:
        raise _RefusalError("ValidationError", f"There is no alarm {', '.join(unknown)} in this account and Region.")
    kept = {key: body[key] for key in ("Name", "Description", "Rule", "MuteTargets") if body.get(key) is not None}
    dates = {key: cw._parse_ts(body[key]) for key in ("StartDate", "ExpireDate") if body.get(key) is not None}
    _rules[body["Name"]] = {**kept, **dates, "LastUpdatedTimestamp": time.time()}
    return {}


def _get(body: Body) -> Body:
    name = body["AlarmMuteRuleName"]
    if name not in _rules:
        raise _RefusalError("ResourceNotFoundException", f"The alarm mute rule {name} does not exist.", 404)
    return {**_rules[name], **_summary(_rules[name])}


def _delete(body: Body) -> Body:
    _rules.pop(body["AlarmMuteRuleName"], None)
    return {}


def _list(body: Body) -> Body:
    wanted, alarm_name = body.get("Statuses") or _STATUSES, body.get("AlarmName")
    after = _position(body.get("NextToken"))
    names = sorted(
        name
        for name, rule in _rules.items()
        if name >= after and _status(rule) in wanted and (alarm_name is None or _targets(rule, alarm_name))
    )
    size = int(body.get("MaxRecords") or _PAGE)
    answer: Body = {"AlarmMuteRuleSummaries": [_summary(_rules[name]) for name in names[:size]]}
    return {**answer, "NextToken": _TOKEN + names[size]} if len(names) > size else answer


def _position(token: str | None) -> str:
    if token is not None and not token.startswith(_TOKEN):
        raise _RefusalError("InvalidNextToken", "The next token is not valid.")
    return (token or _TOKEN).removeprefix(_TOKEN)


def _summary(rule: Body) -> Body:
    once = rule["Rule"]["Schedule"]["Expression"].startswith("at(")
    return {
        "AlarmMuteRuleArn": arn(rule["Name"]),
        "Status": _status(rule),
        "MuteType": "ONE_TIME" if once else "RECURRING",
        **{key: rule[key] for key in ("ExpireDate", "LastUpdatedTimestamp") if key in rule},
    }


_OPERATIONS: dict[str, Callable[[Body], Body]] = {
    "PutAlarmMuteRule": _put,
    "GetAlarmMuteRule": _get,
    "DeleteAlarmMuteRule": _delete,
    "ListAlarmMuteRules": _list,
}


def read(headers: dict, body: bytes) -> Body:
    """The parameters of a CloudWatch call in CBOR or JSON."""
    if "cbor" in headers.get("content-type", ""):
        return dict(cbor2.loads(body)) if body else {}
    return dict(json.loads(body or b"{}"))


def _answer(operation: str, headers: dict, body: bytes) -> Any:
    as_cbor = "cbor" in headers.get("content-type", "")
    try:
        answer = _OPERATIONS[operation](read(headers, body))
    except _RefusalError as refused:
        return cw._error(refused.code, refused.message, refused.status, use_json=not as_cbor, use_cbor=as_cbor)
    if not as_cbor:
        return cw._json_ok(answer)
    return cw._cbor_ok(_stamped(answer))


def _stamped(value: Any) -> Any:
    """CBOR has a type of its own for timestamps, wherever they stand."""
    if isinstance(value, list):
        return [_stamped(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: cw._cbor_timestamp(one) if key in _STAMPS else _stamped(one) for key, one in value.items()}


def _with_mute_rules(original: Any) -> Any:
    async def handle(method: str, path: str, headers: dict, body: bytes, query: dict) -> Any:
        operation = path.partition("/operation/")[2] or headers.get("x-amz-target", "").rpartition(".")[2]
        if operation in _OPERATIONS:
            return _answer(operation, headers, body)
        return await original(method, path, headers, body, query)

    return handle


def install() -> None:
    """Add the operations to CloudWatch."""
    app.SERVICE_HANDLERS["monitoring"] = _with_mute_rules(app.SERVICE_HANDLERS["monitoring"])
