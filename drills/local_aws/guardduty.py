"""GuardDuty in part: one detector, the findings that a drill has raised, and the event about each of them.

`POST /_local_aws/findings` raises one about an IAM user: `{"type", "severity", "user", "access_key", "sample"}`. It is on record
before its event is on the bus, as on AWS. Limits: nothing is detected, no filters, no archiving; each finding is new.
"""

import json
import re
import time
from typing import Any

from ministack import app
from ministack.core import iam_actions
from ministack.core.responses import (
    AccountRegionScopedDict,
    error_response_json,
    get_account_id,
    get_region,
    json_response,
    new_uuid,
)
from ministack.services import eventbridge, iam

SERVICE, PATH = "guardduty", "/_local_aws/findings"
DETECTOR = "12abc34d567e8fa901bc2d34e56789f0"
_GET = re.compile(r"/detector/([^/]+)/findings/get")
_findings: Any = AccountRegionScopedDict()
Json = dict[str, Any]


def raise_finding(body: bytes) -> bytes:
    """The finding's id, as JSON. Raises ValueError where there is no such user."""
    asked = json.loads(body)
    user = iam._users.get(asked["user"])
    if user is None:
        raise ValueError(f"there is no user {asked['user']}")
    finding = _finding(asked, user)
    _findings[finding["id"]] = finding
    event = {"Source": "aws.guardduty", "DetailType": "GuardDuty Finding", "Detail": json.dumps(finding)}
    eventbridge._put_events({"Entries": [event]}, allow_aws_source=True)
    return json.dumps({"id": finding["id"]}).encode()


def _finding(asked: Json, user: Json) -> Json:
    """As GetFindings answers it; the event's detail is spelled alike (GuardDuty User Guide, "Finding details")."""
    name, now = new_uuid().replace("-", ""), time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    sample = bool(asked.get("sample"))
    return {
        "schemaVersion": "2.0",
        "accountId": get_account_id(),
        "region": get_region(),
        "partition": "aws",
        "id": name,
        "arn": f"arn:aws:guardduty:{get_region()}:{get_account_id()}:detector/{DETECTOR}/finding/{name}",
        "type": asked["type"],
        "severity": asked["severity"],
        "createdAt": now,
        "updatedAt": now,
        "title": f"{'[SAMPLE] ' if sample else ''}APIs were called by {asked['user']} from an unusual network.",
        "description": f"APIs were called by {asked['user']} from a network on a threat list.",
        "resource": {
            "resourceType": "AccessKey",
            "accessKeyDetails": {
                "accessKeyId": asked["access_key"],
                "principalId": user["UserId"],
                "userType": "IAMUser",
                "userName": asked["user"],
            },
        },
        "service": {
            "serviceName": "guardduty",
            "detectorId": DETECTOR,
            "archived": False,
            "count": 1,
            "eventFirstSeen": now,
            "eventLastSeen": now,
            "additionalInfo": {"type": "default", "value": json.dumps({"sample": sample})},
        },
    }


async def _handle(method: str, path: str, headers: dict, body: bytes, query: dict) -> Any:
    if (method, path) == ("GET", "/detector"):
        return json_response({"detectorIds": [DETECTOR]})
    asked = _GET.fullmatch(path)
    if method != "POST" or asked is None:
        return error_response_json("BadRequestException", f"The local AWS has no GuardDuty {method} {path}", 400)
    if asked[1] != DETECTOR:
        message = "The request is rejected because the input detectorId is not owned by the current account."
        return error_response_json("BadRequestException", message, 400)
    named = json.loads(body)["findingIds"]
    return json_response({"findings": [_findings[name] for name in named if name in _findings]})


def install() -> None:
    """Add the service."""
    iam_actions.SERVICE_TO_IAM_NAMESPACE[SERVICE] = SERVICE
    iam_actions._BOTOCORE_SERVICE_MAP[SERVICE] = [SERVICE]
    app.SERVICE_HANDLERS[SERVICE] = _handle
