"""What AWS shows of a restored instance without a connection to its database. What is in the tables is for people to check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from functions.core.ports import Aws
from functions.core.remediation import Proof
from functions.readings.rds import describe, pending
from functions.readings.rds_settings import RestoreSettings, pending_reboot, restore_settings

PEOPLES = (
    "people check the data before anybody uses it: row counts and checksums of the agreed tables, the newest rows, users and"
    " extensions, and that its jobs and schedulers do not run twice"
)
_TROUBLE = re.compile(r"fail(?!over)|error|incompatible|unable|cannot|corrupt", re.IGNORECASE)
_BACK = timedelta(days=2)


def intact(aws: Aws, name: str, wished: RestoreSettings, gib: int | None) -> Proof:
    """Whether the new instance is whole, as far as AWS shows: None while RDS is still at work on it, False where it is not."""
    found = describe(aws, name)
    if found is None:
        return Proof(False, f"{name} is gone")
    status, endpoint = found["DBInstanceStatus"], (found.get("Endpoint") or {}).get("Address")
    shown = f"{name} is {status}, {found['Engine']} {found['EngineVersion']}, {found.get('AllocatedStorage', '?')} GiB, at {endpoint}"
    trouble, missing = _trouble(aws, name), _missing(found, wished, gib)
    if trouble:
        return Proof(False, f"{shown}; RDS says: {'; '.join(trouble)}")
    if status != "available" or not endpoint or pending(found):
        return Proof(None, f"{shown}; RDS is still at work on it")
    if missing:
        return Proof(False, f"{shown}; not as wished: {', '.join(missing)}")
    if found.get("StorageOperationStatus") == "Initializing":
        percent = found.get("StorageOperationPercentProgress", 0)
        return Proof(None, f"{shown}; its volume is {percent} % initialised, first reads are slow until then")
    return Proof(True, f"{shown}; {PEOPLES}")


def _missing(found: Mapping[str, Any], wished: RestoreSettings, gib: int | None) -> tuple[str, ...]:
    now = restore_settings(found)
    names = (each.name for each in fields(RestoreSettings))
    differing = [
        name for name in names if (value := getattr(wished, name)) not in ("", None) and getattr(now, name) != value
    ]
    if gib is not None and int(found.get("AllocatedStorage") or 0) < gib:
        differing.append(f"{gib} GiB")
    differing += [f"{group} in effect (it waits for a reboot)" for group in pending_reboot(found)]
    return tuple(differing if found.get("DeletionProtection") else [*differing, "deletion protection"])


def _trouble(aws: Aws, name: str) -> list[str]:
    pages = aws.client("rds").get_paginator("describe_events")
    minutes = int(_BACK / timedelta(minutes=1))
    asked = {"SourceIdentifier": name, "SourceType": "db-instance", "Duration": minutes}
    texts = [event["Message"] for page in pages.paginate(**asked) for event in page["Events"]]
    return [text[:200] for text in texts if _TROUBLE.search(text)][:3]
