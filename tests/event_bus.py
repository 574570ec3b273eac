"""An AWS account's default event bus beside another account's services, held against EventBridge's model; and what it delivers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.validate import ParamValidator

from tests.events import ACCOUNT, REGION
from tests.paginator import operation


class WithEventBus:
    """`entries` are those that were taken; those on resources in `refuses` are not."""

    def __init__(self, aws: Any) -> None:
        self._aws = aws
        self.entries: list[Mapping[str, Any]] = []
        self.refuses: set[str] = set()
        self.now, self.refusal = aws.now, aws.refusal

    def client(self, service: str) -> Any:
        return self if service == "events" else self._aws.client(service)

    def put_events(self, **asked: Any) -> dict[str, Any]:
        problems = ParamValidator().validate(asked, operation("events", "put_events").input_shape)
        assert not problems.has_errors(), problems.generate_report()
        taken = [one for one in asked["Entries"] if not self.refuses & set(one["Resources"])]
        self.entries += taken
        said = [
            {"EventId": str(n)} if one in taken else {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
            for n, one in enumerate(asked["Entries"])
        ]
        return {"FailedEntryCount": len(asked["Entries"]) - len(taken), "Entries": said}


def delivered(entry: Mapping[str, Any], **over: Any) -> dict[str, Any]:
    """The event that a rule's target gets for an entry of PutEvents (User Guide, "PutEvents" and "Event structure")."""
    at: datetime = entry["Time"]
    return {
        "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": entry["DetailType"],
        "source": entry["Source"], "account": ACCOUNT, "time": f"{at:%Y-%m-%dT%H:%M:%SZ}", "region": REGION,
        "resources": list(entry["Resources"]), "detail": json.loads(entry["Detail"]), **over,
    }  # fmt: skip
