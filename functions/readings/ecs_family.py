"""The revisions of a task definition family."""

from __future__ import annotations

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

LIST_TASK_DEFINITIONS = Allow(
    action="ecs:ListTaskDefinitions", on=EVERYTHING, because="ListTaskDefinitions has no resource scope in IAM"
)
_STATUSES = ("ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS")


def family_of(task_definition: str) -> tuple[str, int]:
    """Family and revision of a full ARN."""
    family, _, revision = task_definition.rpartition("/")[2].partition(":")
    return family, int(revision)


def newest_revision(aws: Aws, family: str) -> int:
    """The highest number in use, 0 for none. ECS gives the next one to whatever is registered next, and none twice.

    One page of each status, newest first, is enough: the highest is on it.
    """
    ecs = aws.client("ecs")
    pages = (
        ecs.list_task_definitions(familyPrefix=family, status=status, sort="DESC", maxResults=100)["taskDefinitionArns"]
        for status in _STATUSES
    )
    found = (family_of(arn) for page in pages for arn in page)
    return max((revision for name, revision in found if name == family), default=0)


def next_arn(task_definition: str, newest: int) -> str:
    """The ARN that the next revision of the same family will have, if nobody registers another one first."""
    return f"{task_definition.rpartition(':')[0]}:{newest + 1}"
