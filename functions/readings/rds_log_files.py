"""How much of a volume the log files take that RDS lists: their sizes. No log is read: that would use the busy instance."""

from __future__ import annotations

from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.free_storage import Room
from functions.readings.rds import DB_INSTANCE, GIB, DbInstance

DESCRIBE_DB_LOG_FILES = Allow(action="rds:DescribeDBLogFiles", on=DB_INSTANCE)
_NO_TIME = 0.05
"""The share of the volume up to which nothing is asked that the change does not need."""


def log_files_gib(aws: Aws, db: DbInstance, here: Room) -> float | None:
    """GiB of all log files; None where there is no time to ask, a metric tells what uses the volume, or RDS refuses.

    A refusal stops nothing, as no change rests on the answer. Raises what may go away by itself.
    """
    if db.status != "available" or here.space.logs or here.low(db, _NO_TIME):
        return None
    try:
        pages = aws.client("rds").get_paginator("describe_db_log_files").paginate(DBInstanceIdentifier=db.name)
        return sum(int(file.get("Size") or 0) for page in pages for file in page["DescribeDBLogFiles"]) / GIB
    except Exception as error:
        if aws.refusal(error) is None:
            raise
        return None
