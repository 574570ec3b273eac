"""Whether it is time to roll a deployment back: what its state says, and whether it is to blame at all."""

from __future__ import annotations

from datetime import timedelta

from functions.core.decision import Decline, Watch
from functions.readings.ecs_deployments import ROLLING_BACK, RUNNING, ServiceDeployment
from functions.readings.ecs_failed_deployment import SERVICE_ACTIONS, STUCK_AFTER, FailedDeployment
from functions.readings.ecs_service_events import trouble_before
from functions.readings.ecs_unrollable import at_work

_RAN_WELL = timedelta(hours=24)
_CLOCKS = timedelta(seconds=5)
_ENDED = ("SUCCESSFUL", "STOPPED")


def not_now(found: FailedDeployment) -> Decline | Watch | None:
    """The first thing that says wait, or that somebody else has to look."""
    deployment = found.deployment
    return (
        (_of_its_status(deployment) if deployment else None)
        or _of_its_event(found)
        or (_of_its_stage(found.service.name, deployment) if deployment else None)
        or _young(found)
        or _not_to_blame(found)
    )


def _of_its_status(deployment: ServiceDeployment) -> Decline | Watch | None:
    if deployment.status in ROLLING_BACK:
        return Watch(
            code="rolling_back",
            seen=f"the deployment is {deployment.status}: somebody else is rolling it back",
            advice="Let the rollback end, then look whether it helped",
            again_in=timedelta(minutes=2),
        )
    if deployment.status == "ROLLBACK_FAILED":
        return Decline(
            code="rollback_failed",
            seen=f"ECS could not roll the deployment {deployment.arn} back",
            advice="Take over by hand now: neither version may be running",
        )
    if deployment.status == "ROLLBACK_SUCCESSFUL":
        return Decline(
            code="already_rolled_back",
            seen="ECS has rolled back already, and the service still lacks tasks",
            advice="The version before fails as well: look for a cause outside of the deployment",
        )
    if deployment.status not in (*RUNNING, *_ENDED):
        return Decline(
            code="unknown_deployment_status",
            seen=f"the deployment is {deployment.status or 'of no status'}, which is none of those that are known here",
            advice="Look at the service's deployments in the console: somebody or something may be at work on it",
        )
    return None


def _of_its_event(found: FailedDeployment) -> Decline | None:
    current = {one.id for one in found.service.deployments}
    if not found.event_deployment or found.event_deployment in current:
        return None
    return Decline(
        code="superseded",
        seen=f"the event is about {found.event_deployment}, by now the service has {', '.join(sorted(current))}",
        advice="Nothing to do: the newer deployment has events of its own",
        call_person=False,
    )


def _of_its_stage(name: str, deployment: ServiceDeployment) -> Decline | Watch | None:
    if deployment.status not in RUNNING:
        return None
    if deployment.paused_at:
        return Decline(
            code="waits_on_hook",
            seen=f"the deployment waits on the PAUSE lifecycle hook {deployment.paused_at}",
            advice=f"ContinueServiceDeployment for {deployment.arn} and that hook with action ROLLBACK; its default is CONTINUE",
        )
    if deployment.rolls_back_by_itself:
        return at_work(name)
    if deployment.stage == "CLEAN_UP":
        return Watch(
            code="cleaning_up",
            seen="the traffic has been shifted and ECS is removing the version before",
            advice="Let it end: after that only a new deployment of the version before helps",
            again_in=timedelta(minutes=2),
        )
    return None


def _young(found: FailedDeployment) -> Decline | Watch | None:
    if found.fails or (found.running and found.stuck):
        return None
    primary, age = found.service.primary, found.read_at - found.since
    tasks = f"{primary.running} of {primary.desired} new tasks run, {primary.failed_tasks} failed" if primary else ""
    if not found.running:
        seen = f"the newest deployment has ended and nothing says that its version is bad ({tasks})"
        return Decline(code="not_failing", seen=seen, advice="Look why the service lacks tasks")
    return Watch(
        code="deployment_running",
        seen=f"the deployment has been running for {int(age.total_seconds() // 60)} minutes: {tasks}",
        advice="Look at the stopped tasks and the health checks of the new version",
        again_in=max(timedelta(minutes=1), min(timedelta(minutes=5), STUCK_AFTER - age)),
    )


def _not_to_blame(found: FailedDeployment) -> Decline | None:
    if found.asked:
        return None
    onset = found.at if found.event in SERVICE_ACTIONS and found.at < found.since - _CLOCKS else None
    onset = onset or trouble_before(found.service.events, found.since)
    if onset is not None:
        return Decline(
            code="trouble_before_deployment",
            seen=f"the trouble began at {onset:%Y-%m-%d %H:%M:%S} UTC, the newest deployment at {found.since:%Y-%m-%d %H:%M:%S}",
            advice="The newest deployment may be the repair: ask who made it",
        )
    ended = found.deployment.finished_at if found.deployment and not found.running else None
    if (
        ended is not None
        and found.deployment
        and found.deployment.status == "SUCCESSFUL"
        and found.at - ended > _RAN_WELL
    ):
        return Decline(
            code="ran_well_before",
            seen=f"this version was deployed well at {ended:%Y-%m-%d %H:%M} UTC and has run for more than a day since",
            advice="Look for a cause outside of the deployment: secrets, network, quotas, dependencies",
        )
    return None
