"""Data and what keeps it: databases, copies, keys; and the workload itself."""

from __future__ import annotations

from functions.readings.rds_our_snapshots import CREATED_BY
from infra.denials.denial import Denial, every

DATA = (
    Denial(
        sid="Databases",
        because="An instance, a cluster and their automated backups do not come back; a rewind loses what came after",
        actions=every("rds", "DeleteDBInstance* DeleteDBCluster DeleteDBClusterAutomatedBackup DeleteGlobalCluster")
        + every("rds", "DeleteTenantDatabase BacktrackDBCluster"),
    ),
    Denial(
        sid="OthersCopies",
        because="A copy that we did not make may be somebody's last one",
        actions=every("rds", "DeleteDBSnapshot DeleteDBClusterSnapshot") + every("ec2", "DeleteSnapshot DeleteVolume"),
        conditions={"StringNotEquals": {"aws:ResourceTag/created-by": CREATED_BY}},
    ),
    Denial(
        sid="Data",
        because="Tables, objects, backups, file systems and secrets are what no incident is to cost",
        actions=every("dynamodb", "DeleteTable DeleteBackup")
        + every("s3", "DeleteBucket DeleteObject*")
        + ["backup:Delete*", "elasticfilesystem:Delete*", "secretsmanager:DeleteSecret"],
    ),
    Denial(
        sid="Keys",
        because="Whatever a lost key or grant has encrypted is lost with it, evidence included",
        actions=every("kms", "ScheduleKeyDeletion Disable* Delete* PutKeyPolicy RevokeGrant"),
    ),
    Denial(
        sid="Workload",
        because="What is stopped can be started again; what is deleted has to be built, and its traces are gone",
        actions=every("ec2", "TerminateInstances CreateReplaceRootVolumeTask")
        + every("autoscaling", "TerminateInstance* DeleteAutoScalingGroup")
        + every("ecs", "DeleteService DeleteCluster")
        + every("elasticloadbalancing", "DeleteLoadBalancer DeleteTargetGroup")
        + ["eks:Delete*"],
    ),
)
