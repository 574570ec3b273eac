"""Amazon Resource Names, checked before anything is done with them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from functions.core.errors import InvalidEvent

_ARN = re.compile(
    r"arn:(?P<partition>aws(?:-[a-z]+)*):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):(?P<account>\d{12}|):(?P<resource>.+)"
)
_RESOURCE = re.compile(r"[A-Za-z0-9_./:@+=,-]+")
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Arn:
    """One resource, by name. `str()` gives the ARN back."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def id(self) -> str:
        """What follows the resource type: `db-1` of `db:db-1`, `cluster/service` of `service/cluster/service`."""
        return re.split("[:/]", self.resource, maxsplit=1)[-1]


def parse_arn(text: object, field: str) -> Arn:
    """Read an ARN that names a resource to act on.

    Raises InvalidEvent (naming `field`) for anything else, a name with blanks or markup included.
    """
    match = _ARN.fullmatch(text) if isinstance(text, str) and len(text) <= _LONGEST else None
    if match is None or not _RESOURCE.fullmatch(match["resource"]):
        raise InvalidEvent(field, text, "an ARN like arn:aws:rds:eu-west-1:123456789012:db:orders")
    return Arn(**match.groupdict())


def parse_alarm_arn(text: object, field: str) -> Arn:
    """Read the ARN of an alarm. Its name may hold blanks, `/` and `:`, and is never used to act on.

    Raises InvalidEvent (naming `field`).
    """
    match = _ARN.fullmatch(text) if isinstance(text, str) and len(text) <= _LONGEST else None
    if match is None or match["service"] != "cloudwatch" or not match["resource"].startswith("alarm:"):
        raise InvalidEvent(field, text, "an ARN like arn:aws:cloudwatch:eu-west-1:123456789012:alarm:NAME")
    return Arn(**match.groupdict())
