"""Check the hook points, then put every extension in place and say what is simulated."""

import argparse
from pathlib import Path

from drills.local_aws import hooks, timings


def everything(options: argparse.Namespace) -> None:
    """Extend ministack in this process; called once, before it serves."""
    hooks.check()
    from drills.local_aws import (
        alarm_mutes,
        alarms,
        application_autoscaling,
        calls,
        cloudformation,
        cloudformation_buckets,
        cloudformation_identities,
        cloudformation_secrets,
        cloudformation_task_definitions,
        cloudformation_types,
        delivery_sources,
        ecs_api,
        ecs_scheduler,
        function_urls,
        guardduty,
        iam,
        lambda_runtime,
        line_retries,
        managed_policies,
        metric_data,
        rds_api,
        rds_states,
        step_functions,
        trail,
    )

    timings.use(timings.current.scaled(options.time_scale))
    endpoint = f"http://127.0.0.1:{options.port}"
    # Neither the host's start-up scripts nor its container engine are ours to touch.
    hooks.replace("app:_run_init_scripts", lambda _: lambda: None)
    hooks.replace("app:_docker_socket_present", lambda _: lambda: False)
    calls.install()
    lambda_runtime.install(str(Path(options.lambda_python).absolute()), endpoint)
    function_urls.install(endpoint)
    delivery_sources.install()
    line_retries.install()
    metric_data.install()
    alarms.install()
    alarm_mutes.install()
    ecs_scheduler.install()
    ecs_api.install()
    rds_states.install()
    rds_api.install()
    application_autoscaling.install()
    step_functions.install()
    guardduty.install()
    trail.install()
    managed_policies.install()
    iam.install()
    cloudformation_types.install()
    cloudformation.install()
    cloudformation_buckets.install()
    cloudformation_identities.install()
    cloudformation_secrets.install()
    cloudformation_task_definitions.install()
    print(
        f"Local AWS on {endpoint} (ministack {hooks.PINNED} and drills/local_aws), IAM {'enforced' if options.iam else 'open'}."
        f"\nSimulated and scaled: {timings.current.summary()}; one second here is {timings.ALARM_SECONDS_PER_SECOND:g} seconds of an "
        f"alarm's period; Step Functions waits x {options.wait_scale:g}.",
        flush=True,
    )
