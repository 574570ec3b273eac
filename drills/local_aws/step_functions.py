"""Starting an execution twice: the same name and input on a running execution answers with that execution, as on AWS.

Everything else of Step Functions is ministack's; `--wait-scale` shortens its Wait states.
"""

from typing import Any

from ministack.core.responses import json_response
from ministack.services import stepfunctions

from drills.local_aws import hooks


def _start(original: Any) -> Any:
    def start_execution(data: dict[str, Any]) -> Any:
        machine = stepfunctions._state_machines.get(data.get("stateMachineArn", ""))
        if machine and data.get("name"):
            arn = f"{data['stateMachineArn'].replace(':stateMachine:', ':execution:')}:{data['name']}"
            running = stepfunctions._executions.get(arn)
            if running and running["status"] == "RUNNING" and running["input"] == data.get("input", "{}"):
                return json_response({"executionArn": arn, "startDate": running["startDate"]})
        return original(data)

    return start_execution


def install() -> None:
    """Make StartExecution idempotent."""
    hooks.replace("services.stepfunctions:_start_execution", _start)
