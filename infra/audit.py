"""The function that looks through the backups of all databases, on a schedule."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk.aws_events import Rule, Schedule
from aws_cdk.aws_iam import PolicyStatement
from constructs import Construct

from functions.readings.backup_gaps import HOURS, SOURCE
from functions.readings.rds import DESCRIBE_DB_INSTANCES
from functions.readings.rds_backups import DESCRIBE_DB_CLUSTERS
from functions.readings.rds_snapshot import DESCRIBE_SNAPSHOTS
from infra.foundation import Foundation
from infra.nag import accept_declared
from infra.permissions import statement
from infra.rules import reliably
from infra.watched_function import WatchedFunction

_READS = (DESCRIBE_DB_INSTANCES, DESCRIBE_DB_CLUSTERS, *DESCRIBE_SNAPSHOTS)
_DEFAULT_BUS = f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:event-bus/default"


def audit(scope: Construct, foundation: Foundation) -> WatchedFunction:
    """May read RDS and put events of ours on the default bus; it can change nothing."""
    reads = [statement(allow, foundation.settings.mode) for allow in _READS]
    tell = PolicyStatement(
        actions=["events:PutEvents"],
        resources=[_DEFAULT_BUS],
        conditions={"StringEquals": {"events:source": SOURCE}},
    )
    function = WatchedFunction(
        scope,
        "first-responder-audit",
        foundation,
        handler="functions.lifecycle.audit.lambda_handler",
        does="Looks through the backups of all databases and tells of gaps; changes nothing",
        may=[*reads, tell],
    )
    hourly = Rule(
        function,
        "Schedule",
        description="Looks through the backups of all databases, each of which has its turn once a day",
        schedule=Schedule.cron(minute="0", hour=f"{HOURS[0]}-{HOURS[-1]}"),
    )
    hourly.add_target(reliably(function))
    accept_declared(function, _READS)
    return function
