"""The last words of a failed task, from its CloudWatch log: evidence for the record, and nothing that decides anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ecs_stopped_tasks import StoppedTask
from functions.readings.ecs_task_definition import TaskDefinition

GET_LOG_EVENTS = Allow(
    action="logs:GetLogEvents", on="arn:{partition}:logs:{region}:{account}:log-group:*:log-stream:*"
)
_LINES, _LONGEST = 20, 300
_NEVER_STARTED = "TaskFailedToStart"


@dataclass(frozen=True, kw_only=True, slots=True)
class LastWords:
    """The end of a log, shortened. `not_read` says why there is none.

    A log may hold personal data: the lines stay in the record, and no plan, decline or message to people quotes them.
    """

    group: str
    stream: str
    lines: tuple[str, ...] = field(default=(), repr=False)
    not_read: str = ""
    handle_as: str = "may hold personal data: for this record only, not for messages or chat"


def read_last_words(aws: Aws, definition: TaskDefinition, failed: Sequence[StoppedTask]) -> LastWords | None:
    """Of the last of these tasks that has run, by one call; None where none has, or its container logs elsewhere.

    Never raises what AWS answers, or that it does not: the change that this is evidence for must not wait or fail for it.
    """
    task = next((one for one in reversed(failed) if one.code != _NEVER_STARTED), None)
    log = definition.logs.get(task.container) if task else None
    if task is None or log is None:
        return None
    stream = f"{log.stream_prefix}/{task.container}/{task.arn.rpartition('/')[2]}"
    try:
        said = aws.client("logs").get_log_events(
            logGroupName=log.group, logStreamName=stream, limit=_LINES, startFromHead=False
        )
    except (ClientError, BotoCoreError) as error:  # told on the record: it is evidence that is missing, not a guard
        return LastWords(group=log.group, stream=stream, not_read=str(error)[:_LONGEST])
    lines = tuple(event["message"][:_LONGEST] for event in said["events"][-_LINES:])
    return LastWords(group=log.group, stream=stream, lines=lines, not_read="" if lines else "the stream is empty")
