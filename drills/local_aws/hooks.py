"""The points of ministack that this package reads, calls or replaces, and the check that they still exist.

ministack is not made to be extended: every name below is one of its internals and may go with any release. That is why the
release is pinned exactly and why the check runs before anything else: a moved name is reported here, by name, instead of as a
drill that waits for an event that never comes.
"""

import importlib
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Any

PINNED = "1.5.33"

HOOK_POINTS: tuple[str, ...] = (
    "app:app",
    "app:_dispatch_service_request",
    "app:_routing_params",
    "app:SERVICE_HANDLERS",
    "app:AUTH",
    "app:_run_init_scripts",
    "app:_docker_socket_present",
    "app:pin_request_origin",
    "core.arn:parse_arn",
    "core.iam_actions:SERVICE_TO_IAM_NAMESPACE",
    "core.iam_actions:_BOTOCORE_SERVICE_MAP",
    "core.iam_actions:extract_iam_action",
    "core.iam_actions:extract_resource_arn",
    "core.iam_actions:dynamodb_service_context",
    "core.iam_evaluator:enforce",
    "core.iam_evaluator:fnmatch_iam_cs",
    "core.lambda_runtime:ProvidedWorker",
    "core.lambda_runtime:ProvidedWorker._spawn",
    "core.lambda_runtime:ProvidedRuntimeError",
    "core.lambda_runtime:_worker_class_for",
    "core.lambda_runtime:reset",
    "core.responses:request_scope",
    "core.responses:get_account_id",
    "core.responses:get_region",
    "core.responses:json_response",
    "core.responses:error_response_json",
    "core.responses:new_uuid",
    "core.router:detect_service",
    "core.router:extract_access_key_id",
    "core.router:extract_region",
    "services.cloudformation.provisioners:_RESOURCE_HANDLERS",
    "services.cloudformation.provisioners:_cw_metric_alarm_record",
    "services.cloudformation.provisioners:_ec2_sg_permissions",
    "services.cloudformation.provisioners:_normalize_container_defs",
    "services.cloudformation.provisioners:_pascal_to_camel",
    "services.cloudformation.provisioners:_physical_name",
    "services.cloudformation.provisioners:_sm_secret_string",
    "services.cloudtrail:record_event",
    "services.cloudwatch:_alarms",
    "services.cloudwatch:_composite_alarms",
    "services.cloudwatch:_metrics",
    "services.cloudwatch:_calc_stats",
    "services.cloudwatch:_cbor_timestamp",
    "services.cloudwatch:_composite_children",
    "services.cloudwatch:_describe_alarms",
    "services.cloudwatch:_cbor_metric_data_result",
    "services.cloudwatch:_cbor_ok",
    "services.cloudwatch:_dims_key",
    "services.cloudwatch:_dispatch_alarm_actions",
    "services.cloudwatch:_error",
    "services.cloudwatch:_evaluate_alarm",
    "services.cloudwatch:_evaluate_all_alarms",
    "services.cloudwatch:_evaluate_parent_alarms",
    "services.cloudwatch:_get_metric_data",
    "services.cloudwatch:_json_ok",
    "services.cloudwatch:_put_metric_alarm",
    "services.cloudwatch:_put_composite_alarm",
    "services.cloudwatch:_record_history",
    "services.cloudwatch:_set_alarm_state",
    "services.cloudwatch:_stat_value",
    "services.dynamodb:_tables",
    "services.ec2:_security_groups",
    "services.ec2:_tags",
    "services.cloudwatch:_p",
    "services.cloudwatch:_parse_ts",
    "services.ecs:_ACTION_MAP",
    "services.ecs:_services",
    "services.ecs:_tags",
    "services.ecs:_task_defs",
    "services.ecs:_tasks",
    "services.ecs:_create_service",
    "services.ecs:_update_service",
    "services.ecs:_reconcile_service_tasks",
    "services.ecs:_record_service_task_failure",
    "services.ecs:_recount_cluster",
    "services.ecs:_refresh_service_state",
    "services.ecs:_resolve_cluster_name",
    "services.ecs:_resolve_service_ref",
    "services.ecs:_resolve_td_key",
    "services.ecs:_run_task",
    "services.ecs:_sanitize",
    "services.ecs:_sync_service_targets",
    "services.eventbridge:_dispatch_to_lambda",
    "services.eventbridge:_invoke_target",
    "services.eventbridge:_put_events",
    "services.iam:_access_keys",
    "services.iam:_aws_managed_policies",
    "services.iam:_boundary_policy_error",
    "services.iam:_make_aws_managed_record",
    "services.iam:_roles",
    "services.iam:_users",
    "services.lambda_svc:_acquire_execution_slot",
    "services.lambda_svc:_create_function_url_config",
    "services.lambda_svc:_function_url_id",
    "services.lambda_svc:_function_urls",
    "services.lambda_svc:_url_config_key",
    "services.lambda_svc:handle_function_url_request",
    "services.lambda_svc:lambda_execute_result_to_api_proxy_response",
    "services.lambda_svc:resolve_function_url",
    "services.lambda_svc:_emit_lambda_metrics",
    "services.lambda_svc:_execute_function_dispatch",
    "services.lambda_svc:_execute_function_provided_warm",
    "services.lambda_svc:_execute_function_warm",
    "services.lambda_svc:_functions",
    "services.lambda_svc:_get_func_record_for_ref",
    "services.lambda_svc:_execution_record_for_config",
    "services.lambda_svc:_provided_runtime_code_dir",
    "services.lambda_svc:_provided_worker_env",
    "services.lambda_svc:_release_execution_slot",
    "services.lambda_svc:_route_async_failure",
    "services.lambda_svc:_run_sqs_batch",
    "services.lambda_svc:_runtime_env_vars",
    "services.lambda_svc:invoke_async_with_retry",
    "services.rds:_ACTION_MAP",
    "services.rds:_error",
    "services.rds:_events",
    "services.rds:_instances",
    "services.rds:_create_db_instance",
    "services.rds:_create_db_snapshot",
    "services.rds:_create_snapshot_internal",
    "services.rds:_modify_db_instance",
    "services.rds:_p",
    "services.rds:_parse_tags",
    "services.rds:_resolve_instance",
    "services.rds:_single_instance_response",
    "services.rds:_snapshot_xml",
    "services.rds:_snapshots",
    "services.rds:_tags",
    "services.rds:_xml",
    "services.s3:_put_object_lock_configuration",
    "services.secretsmanager:_get_random_password",
    "services.secretsmanager:_resolve",
    "services.sns:_deliver_to_lambda",
    "services.sns:_fanout",
    "services.sns:_topics",
    "services.sqs:_ensure_msg_fields",
    "services.sqs:_md5_msg_attrs",
    "services.sqs:_queue_by_arn",
    "services.stepfunctions:_executions",
    "services.stepfunctions:_start_execution",
    "services.stepfunctions:_state_machines",
    "services.sts:_sessions",
    "services.sts:register_session",
    "services.tagging:resource_tags",
)


class MinistackChangedError(RuntimeError):
    """ministack no longer has a name that this package builds on."""


def lookup(point: str) -> Any:
    """The object at `module:name`, the module counted from `ministack`."""
    module_name, _, path = point.partition(":")
    found: Any = importlib.import_module(f"ministack.{module_name}")
    for part in path.split("."):
        found = getattr(found, part)
    return found


def missing(points: Iterable[str] = HOOK_POINTS) -> list[str]:
    """The hook points that this ministack does not have."""
    absent = []
    for point in points:
        try:
            lookup(point)
        except (ImportError, AttributeError):
            absent.append(point)
    return absent


def check(points: Iterable[str] = HOOK_POINTS) -> None:
    """Raise `MinistackChangedError` naming every missing hook point."""
    if absent := missing(points):
        raise MinistackChangedError(
            f"ministack {version('ministack')} lacks {', '.join(absent)}. This package was written against ministack "
            f"{PINNED}: install exactly that (drills/requirements-local-aws.txt) or adapt drills/local_aws."
        )


def replace(point: str, wrap: Callable[[Any], Any]) -> None:
    """Put `wrap(original)` where `point` is; only points that the check covers may be replaced."""
    if point not in HOOK_POINTS:
        raise ValueError(f"{point} is not in HOOK_POINTS, so nothing would notice when it goes")
    module_name, _, name = point.partition(":")
    module = importlib.import_module(f"ministack.{module_name}")
    setattr(module, name, wrap(getattr(module, name)))
