"""What the account's RDS quotas leave."""

from __future__ import annotations

from dataclasses import dataclass

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

DESCRIBE_ACCOUNT_ATTRIBUTES = Allow(
    action="rds:DescribeAccountAttributes",
    on=EVERYTHING,
    because="DescribeAccountAttributes has no resource scope in IAM",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RdsQuota:
    """None where RDS does not list the quota: then only its own refusal holds."""

    storage_left_gib: int | None = None
    snapshots_left: int | None = None
    instances_left: int | None = None


def rds_quota(aws: Aws) -> RdsQuota:
    """Read the quotas. Raises ClientError where RDS refuses to say."""
    try:
        quotas = aws.client("rds").describe_account_attributes()["AccountQuotas"]
    except NotImplementedError:
        # Only a stand-in for AWS in the same process lacks the call. AWS answers, or its refusal stops the change.
        return RdsQuota()
    left = {quota["AccountQuotaName"]: quota["Max"] - quota["Used"] for quota in quotas}
    return RdsQuota(
        storage_left_gib=left.get("AllocatedStorage"),
        snapshots_left=left.get("ManualSnapshots"),
        instances_left=left.get("DBInstances"),
    )
