"""Users and roles: only what contains one is left, and not for whom people need to be let in."""

from __future__ import annotations

from aws_cdk import Aws

from functions.readings.iam_protected import BREAK_GLASS
from infra.denials.denial import Denial, every

_ATTACHING = [f"iam:{verb}{who}Policy" for verb in ("Attach", "Detach") for who in ("User", "Role")]
_CONTAINING = [
    "iam:UpdateAccessKey",
    *(f"iam:{verb}{who}Policy" for verb in ("Put", "Delete") for who in ("User", "Role")),
]
_PASSED_TO = ["monitoring.rds.amazonaws.com", "ecs-tasks.amazonaws.com", "scheduler.amazonaws.com"]
"""RDS for Enhanced Monitoring, ECS for the tasks of a definition: each by a copy of what the owner has set up. EventBridge
Scheduler for ringing the clocks: by a role of ours that may do nothing else."""
_HERE = f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}"
_MANAGED = f"arn:{Aws.PARTITION}:iam::aws:policy"

PRINCIPALS = (
    Denial(
        sid="Iam",
        because="Who writes IAM can give itself everything; all writes but those that contain a user or a role",
        actions=every("iam", "Ac* Ad* As* AttachG* C* Dea* DetachG* Di* E* PutA* PutG* Put*Boundary R* Send* Set* T*")
        + every("iam", "Un* Upl* UpdateAcco* UpdateAs* UpdateD* UpdateG* UpdateL* UpdateO* UpdateR* UpdateS* UpdateU*")
        + every("iam", "DeleteA* DeleteG* DeleteI* DeleteL* DeleteO* DeleteP* DeleteRole DeleteS* DeleteUser DeleteV*")
        + every("iam", "Delete*Boundary"),
    ),
    Denial(
        sid="PassRole",
        because="A role in the hands of a service does what the role may; given on is only what the workload had before",
        actions=["iam:PassRole"],
        conditions={"StringNotEquals": {"iam:PassedToService": _PASSED_TO}},
    ),
    Denial(
        sid="NeverContained",
        because="Ourselves, the deployment's roles, the single sign-on's, and the way in when all else is shut",
        actions=_CONTAINING + _ATTACHING,
        on=(
            f"{_HERE}:role/{Aws.STACK_NAME}-*",
            f"{_HERE}:role/cdk-*",
            f"{_HERE}:role/aws-reserved/*",
            f"{_HERE}:*/break-glass/*",
        ),
    ),
    Denial(
        sid="BreakGlass",
        because="The owner has tagged this user or role as the way in when all else is shut",
        actions=_CONTAINING + _ATTACHING,
        conditions={"Null": {f"aws:ResourceTag/{BREAK_GLASS}": "false"}},
    ),
    Denial(
        sid="OnlyQuarantine",
        because="Attached are policies of AWS that deny, and no others: this boundary, as a policy, would allow everything",
        actions=_ATTACHING,
        conditions={
            "ArnNotLike": {"iam:PolicyARN": [f"{_MANAGED}/AWSDenyAll", f"{_MANAGED}/AWSCompromisedKeyQuarantine*"]}
        },
    ),
)
