"""What RDS says about an instance or a snapshot: an event on the bus and a line of DescribeEvents.

Only the bus carries the event id; DescribeEvents has none, as on AWS.
"""

import json
import time
from datetime import UTC, datetime
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import eventbridge, rds

MESSAGES = {
    "0001": ("backup", "Backing up DB instance"),
    "0002": ("backup", "Finished DB instance backup"),
    "0005": ("creation", "DB instance created"),
    "0007": (
        "low storage",
        "Allocated storage has been exhausted for the DB instance. To resolve this issue, allocate "
        "additional storage for the DB instance.",
    ),
    "0014": ("configuration change", "Finished applying modification to DB instance class"),
    "0017": ("configuration change", "Finished applying modification to allocated storage"),
    "0018": ("configuration change", "Applying modification to allocated storage"),
    "0040": ("creation", "Creating manual snapshot"),
    "0042": ("creation", "Manual snapshot created"),
    "0089": (
        "low storage",
        "The free storage capacity for DB instance: {name} is low at {percent}% of the provisioned "
        "storage [Provisioned Storage: {provisioned}, Free Storage: {free}]. You may want to increase "
        "the provisioned storage to address this issue.",
    ),
}


def say(number: str, name: str, arn: str, kind: str = "db-instance", **details: Any) -> None:
    """Publish event `RDS-EVENT-number`."""
    category, message = MESSAGES[number]
    now, message = time.time(), message.format(name=name, **details)
    rds._events[new_uuid()] = {
        "SourceIdentifier": name,
        "SourceType": kind,
        "SourceArn": arn,
        "Message": message,
        "Date": now,
        "EventCategories": [category],
    }
    eventbridge._put_events(
        {
            "Entries": [
                {
                    "Source": "aws.rds",
                    "Resources": [arn],
                    "DetailType": "RDS DB Snapshot Event" if kind == "db-snapshot" else "RDS DB Instance Event",
                    "Detail": json.dumps(
                        {
                            "EventCategories": [category],
                            "SourceType": "SNAPSHOT" if kind == "db-snapshot" else "DB_INSTANCE",
                            "SourceArn": arn,
                            "SourceIdentifier": name,
                            "Message": message,
                            "EventID": f"RDS-EVENT-{number}",
                            "Date": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
                        }
                    ),
                }
            ]
        },
        allow_aws_source=True,
    )
