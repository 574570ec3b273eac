"""Systems Manager OpsCenter. An OpsItem is found again by a searchable key of ours.

AWS makes no second OpsItem with one deduplication string while the first is open or in progress, whoever asks at the same time
(docs: Managing duplicate OpsItems); one that is resolved does not count there, so that it is looked for besides. An OpsItem has no
comments: a note is a key of its operational data, so that a second one on a topic replaces the first. Its description is read as
Markdown; strangers' words stand in indented code there, and as plain text in its title.
"""

from __future__ import annotations

import json
from typing import Any

from functions.core.incident.incident import Severity
from functions.core.incident.tracker import Draft, Ticket
from functions.core.permission import Allow

_KEY, _DEDUPLICATION = "first-responder", "/aws/dedup"
_DESCRIPTION, _TITLE, _NOTE = 2048, 1024, 4000
_NO_RESOURCE = (
    "AWS's own policies for OpsCenter name no resource for it either: what is made has no ARN yet, a list has none"
)
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


class OpsItems:
    """The core's `Tracker`. `ssm` is boto3's client."""

    PERMISSIONS = (
        Allow(action="ssm:CreateOpsItem", on="*", because=_NO_RESOURCE),
        Allow(action="ssm:DescribeOpsItems", on="*", because=_NO_RESOURCE),
        Allow(action="ssm:UpdateOpsItem", on="arn:{partition}:ssm:{region}:{account}:opsitem/*"),
    )

    def __init__(self, ssm: Any) -> None:
        self._ssm = ssm

    def find(self, key: str) -> Ticket | None:
        """See `Tracker.find`."""
        wanted = json.dumps({"key": _KEY, "value": key})
        filters = [{"Key": "OperationalData", "Values": [wanted], "Operator": "Equal"}]
        found = self._ssm.describe_ops_items(OpsItemFilters=filters)["OpsItemSummaries"]
        return self._ticket(found[0]["OpsItemId"]) if found else None

    def create(self, draft: Draft) -> Ticket:
        """See `Tracker.create`."""
        data = {
            _DEDUPLICATION: {"Value": json.dumps({"dedupString": f"{_KEY}-{draft.key}"}), "Type": "SearchableString"},
            _KEY: {"Value": draft.key, "Type": "SearchableString"},
            f"{_KEY}-incident": {"Value": draft.incident, "Type": "SearchableString"},
        }
        try:
            made = self._ssm.create_ops_item(
                Title=draft.title[:_TITLE],
                Description=_description(draft),
                Source="First Responder",
                Category="Availability",
                Severity=draft.severity[1:],
                OperationalData=data,
                RelatedOpsItems=[{"OpsItemId": draft.parent.key}] if draft.parent else [],
            )
        except self._ssm.exceptions.OpsItemAlreadyExistsException as there:
            return self._ticket(there.response["OpsItemId"])
        return self._ticket(made["OpsItemId"])

    def rate(self, ticket: Ticket, severity: Severity) -> None:
        """See `Tracker.rate`."""
        self._ssm.update_ops_item(OpsItemId=ticket.key, Severity=severity[1:])

    def note(self, ticket: Ticket, key: str, topic: str, text: str) -> None:
        """See `Tracker.note`."""
        data = {f"{_KEY}-{topic}": {"Value": text[:_NOTE], "Type": "String"}}
        self._ssm.update_ops_item(OpsItemId=ticket.key, OperationalData=data)

    def close(self, ticket: Ticket) -> bool:
        """See `Tracker.close`."""
        self._ssm.update_ops_item(OpsItemId=ticket.key, Status="Resolved")
        return True

    def _ticket(self, key: str) -> Ticket:
        meta = self._ssm.meta
        console = _CONSOLES.get(meta.partition, _CONSOLES["aws"])
        url = f"https://{meta.region_name}.{console}/systems-manager/opsitems/{key}?region={meta.region_name}"
        return Ticket(key=key, url=url)


def _description(draft: Draft) -> str:
    """A fact that would be cut in two is left out with those after it."""
    text = ""
    for name, fact in draft.facts.items():
        block = f"**{name}**\n\n    {fact}\n\n"
        if len(text) + len(block) > _DESCRIPTION:
            break
        text += block
    return text.strip()
