"""OpsCenter behind boto3's unmodified client: requests are answered on their way to the network, in AWS's JSON.

OpsItems are kept as AWS documents it: one deduplication string makes no second one while the first is open or in progress.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

Said = dict[str, Any]
_DEDUPLICATION = "/aws/dedup"


class Refused(Exception):
    """An error of AWS's: its code, and what else the answer has."""

    def __init__(self, code: str, **more: str) -> None:
        self.said = {"__type": code, "Message": code, **more}
        super().__init__(code)


class OpsItemsAccount:
    """`items` by id. `orders` is what goes wrong next: (operation, what), where `what` is lost (it is done, and the answer never
    comes) or an error code of AWS's."""

    def __init__(self, region: str = "eu-west-1") -> None:
        self.items: dict[str, Said] = {}
        self.orders: list[tuple[str, str]] = []
        self.calls: list[tuple[str, Said]] = []
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=region)
        self.ssm = session.client("ssm")
        self.ssm.meta.events.register("before-send.ssm", self._answer)

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        said = json.loads(request.body)
        self.calls.append((operation, said))
        trouble = next((order for order in self.orders if order[0] == operation), (operation, ""))[1]
        if trouble:
            self.orders.remove((operation, trouble))
        try:
            if trouble and trouble != "lost":
                raise Refused(trouble)
            answer = getattr(self, f"_{operation}")(said)
        except Refused as refused:
            return _response(request, 400, refused.said)
        if trouble == "lost":
            raise ConnectionError("the answer never came")
        return _response(request, 200, answer)

    def _CreateOpsItem(self, said: Said) -> Said:  # noqa: N802 - AWS's name
        if any(word in said["Source"].lower() for word in ("aws", "amazon", "amzn")):
            raise Refused("OpsItemInvalidParameterException")
        _check(said["OperationalData"], may=(_DEDUPLICATION,))
        wanted = said["OperationalData"].get(_DEDUPLICATION, {}).get("Value")
        for name, item in self.items.items():
            if item["OperationalData"].get(_DEDUPLICATION, {}).get("Value") == wanted and item["Status"] != "Resolved":
                raise Refused("OpsItemAlreadyExistsException", OpsItemId=name)
        name = f"oi-{len(self.items) + 1:012x}"
        self.items[name] = {**said, "Status": "Open"}
        return {"OpsItemId": name}

    def _UpdateOpsItem(self, said: Said) -> Said:  # noqa: N802 - AWS's name
        if said["OpsItemId"] not in self.items:
            raise Refused("OpsItemNotFoundException")
        item, more = self.items[said["OpsItemId"]], said.get("OperationalData", {})
        _check(more, may=())
        item.update({key: value for key, value in said.items() if key in ("Status", "Severity")})
        item["OperationalData"] = {**item["OperationalData"], **more}
        return {}

    def _DescribeOpsItems(self, said: Said) -> Said:  # noqa: N802 - AWS's name
        ((wanted,),) = [one["Values"] for one in said["OpsItemFilters"] if one["Key"] == "OperationalData"]
        pair = json.loads(wanted)
        found = {"Value": pair["value"], "Type": "SearchableString"}
        names = [name for name, item in self.items.items() if item["OperationalData"].get(pair["key"]) == found]
        return {"OpsItemSummaries": [{"OpsItemId": name, "Status": self.items[name]["Status"]} for name in names]}


def _check(data: Said, *, may: tuple[str, ...]) -> None:
    """The documented bounds of operational data."""
    for key, entry in data.items():
        reserved = key.lower().lstrip("/").startswith(("amazon", "aws", "amzn", "ssm")) and key not in may
        if reserved or len(key) > 128 or len(entry["Value"].encode()) > 20 * 1024:
            raise Refused("OpsItemInvalidParameterException")


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


def _response(request: AWSPreparedRequest, status: int, said: Said) -> AWSResponse:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": "1"}
    return AWSResponse(request.url, status, headers, _Raw(json.dumps(said).encode()))
