"""What is known of a deployment that may have failed, and whether it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.core.remediation import Facts
from functions.readings.ecs import Deployment, Service
from functions.readings.ecs_deployments import RUNNING, ServiceDeployment
from functions.readings.ecs_last_good import LastGood
from functions.readings.ecs_stopped_tasks import StoppedTask
from functions.readings.ecs_task_logs import LastWords

STATE_CHANGES = ("SERVICE_DEPLOYMENT_FAILED", "SERVICE_DEPLOYMENT_IN_PROGRESS")
PLACEMENT_FAILURE = "SERVICE_TASK_PLACEMENT_FAILURE"
SERVICE_ACTIONS = ("SERVICE_TASK_START_IMPAIRED", PLACEMENT_FAILURE, "SERVICE_TASK_CONFIGURATION_FAILURE")
STUCK_AFTER, SLOW_AFTER = timedelta(minutes=20), timedelta(minutes=60)
"""How long a rollout may take: without a sign of life, and with tasks that run and none that failed."""
_FEWEST_FAILURES = 3


@dataclass(frozen=True, kw_only=True)
class FailedDeployment(Facts):
    """`event` is the name of the ECS event at `at`, empty where a person asked; `deployment` is the newest one in the history.

    `history` says whether the history was read: what the service itself answers needs none.
    """

    service_arn: str
    service: Service
    stack: str
    event: str
    event_reason: str
    event_deployment: str
    at: datetime
    read_at: datetime
    history: bool = False
    deployment: ServiceDeployment | None = None
    last_good: LastGood | None = None
    release_tags_allow: bool = True
    failed: tuple[StoppedTask, ...] = ()
    last_words: LastWords | None = None

    @property
    def asked(self) -> bool:
        """A person has looked, and wants the version before back."""
        return not self.event

    @property
    def bad(self) -> str:
        """The task definition to go away from."""
        return self.service.task_definition

    @property
    def since(self) -> datetime:
        """When the newest deployment began."""
        if self.deployment is not None:
            return self.deployment.created_at
        return self.service.primary.created_at if self.service.primary else self.at

    @property
    def running(self) -> bool:
        """Whether the newest deployment is still being rolled out."""
        if self.deployment is not None:
            return self.deployment.status in RUNNING
        return self.service.primary is not None and self.service.primary.rollout == "IN_PROGRESS"

    @property
    def stoppable(self) -> ServiceDeployment | None:
        """The running deployment that ECS can be told to roll back."""
        return self.deployment if self.deployment is not None and self.deployment.status in RUNNING else None

    @property
    def fails(self) -> bool:
        """Whether there is a sign, read just now, that the new version does not start."""
        primary = self.service.primary
        if self.asked or primary is None:
            return self.asked
        if primary.rollout == "FAILED" or primary.failed_tasks >= _FEWEST_FAILURES:
            return True
        return self.event != "SERVICE_DEPLOYMENT_IN_PROGRESS" and _short(primary)

    @property
    def stuck(self) -> bool:
        """Whether a rolling deployment has not come up for too long. Traffic that is shifted in steps may take its time."""
        primary, age = self.service.primary, self.read_at - self.since
        if primary is None or self.service.strategy != "ROLLING" or primary.running >= primary.desired:
            return False
        alive = primary.running > 0 and primary.failed_tasks == 0
        return age >= (SLOW_AFTER if alive else STUCK_AFTER)


def holds(service: Service, asked: bool) -> bool | None:
    """Whether the trouble is still there, as far as the service alone tells; None where it does not."""
    primary = service.primary
    if asked or primary is None or service.desired == 0 or service.strategy != "ROLLING":
        return None
    settled = not service.deploying and primary.rollout != "FAILED"
    return not (settled and service.running >= service.desired)


def _short(primary: Deployment) -> bool:
    return primary.running < primary.desired or primary.failed_tasks > 0
