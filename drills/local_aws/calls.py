"""A record of every API call and who made it, for the drill's timeline and for tests of permissions.

`GET /_local_aws/calls?since=EPOCH_SECONDS[&role=NAME][&service=NAME]` answers the calls after that moment, oldest first, with
time, service, action, caller, status, error code and a hint at the resource. Calls that ministack makes inside itself (a rule
to a function, a state machine to a function) are not API calls and are not in it.
"""

import json
import re
import time
from collections import deque
from typing import Any
from urllib.parse import parse_qs

import cbor2
from ministack import app
from ministack.core import iam_actions
from ministack.core.responses import get_account_id
from ministack.core.router import detect_service, extract_access_key_id, extract_region
from ministack.services import sts

from drills.local_aws import hooks

PATH = "/_local_aws/calls"
_calls: deque[dict[str, Any]] = deque(maxlen=20000)


def _caller(access_key: str) -> str:
    arn = (sts._sessions.get(access_key) or {}).get("Arn", "")
    return arn.split("/")[1] if ":assumed-role/" in arn else access_key or "anonymous"


def _error_code(status: int, headers: dict[str, str], body: Any) -> str:
    if status < 400:
        return ""
    if "cbor" in headers.get("Content-Type", ""):
        return str(cbor2.loads(body).get("__type", status)).rpartition("#")[2]
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    named = re.search(r'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"|<Code>([^<]+)</Code>', text)
    return (
        next((group for group in named.groups() if group), "")
        if named
        else headers.get("x-amzn-errortype", str(status))
    )


def _recording(original: Any) -> Any:
    async def dispatch(method: str, path: str, headers: dict, body: bytes, query: dict, request_id: str) -> Any:
        started = time.time()
        answer = await original(method, path, headers, body, query, request_id)
        try:
            params = app._routing_params(method, path, headers, body, query)
            service = detect_service(method, path, headers, params)
            action = iam_actions.extract_iam_action(service, method, path, headers, body, params) or f"{service}:?"
            resource = iam_actions.extract_resource_arn(
                service, method, path, headers, body, params, extract_region(headers), get_account_id()
            )
        except Exception:
            service, action, resource = "unknown", "unknown:?", "*"
        _calls.append(
            {
                "time": started,
                "service": service,
                "action": action.split(":", 1)[-1],
                "request_id": request_id,
                "role": _caller(extract_access_key_id(headers, query)),
                "status": answer[0],
                "error": _error_code(answer[0], answer[1], answer[2]),
                "resource": resource,
            }
        )
        return answer

    return dispatch


def listing(query_string: str) -> bytes:
    """The answer of the endpoint."""
    wanted = {key: values[0] for key, values in parse_qs(query_string).items()}
    since = float(wanted.pop("since", 0))
    found = [
        call
        for call in list(_calls)
        if call["time"] > since and all(call.get(key) == value for key, value in wanted.items())
    ]
    return json.dumps(found).encode()


def install() -> None:
    """Start recording."""
    hooks.replace("app:_dispatch_service_request", _recording)
