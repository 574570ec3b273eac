"""Python functions under awslambdaric, in an environment like Lambda's.

ministack's Runtime API server (`ProvidedWorker`) is kept; what runs against it is AWS's runtime client on an interpreter of our
choice. The process gets the variables that Lambda sets, the function's own and nothing from the host. Each function calls AWS
with a session of its own role, whether or not policies are enforced, so that a call can be traced to its function.

Limits: no layers, no extensions, no memory limit, the architecture and the Python version are the interpreter's, HOME points
to an empty folder (Lambda sets none), and between two invocations the process is idle rather than frozen.
"""

import hashlib
import shlex
import tempfile
import time
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime as runtime
from ministack.core.arn import parse_arn
from ministack.services import lambda_svc, sts

from drills.local_aws import hooks

_ENTRY = Path(__file__).with_name("lambda_entry.py")


class AwslambdaricWorker(runtime.ProvidedWorker):
    """One execution environment of a Python function."""

    interpreter = ""

    def _spawn(self, init_timeout: float | None = None) -> None:
        if self.config.get("Layers"):
            raise runtime.ProvidedRuntimeError("The local AWS does not simulate layers.", "Runtime.InvalidEntrypoint")
        bootstrap = Path(lambda_svc._provided_runtime_code_dir(self.code_zip)) / "bootstrap"
        if not bootstrap.exists():
            bootstrap.write_text(f"#!/bin/sh\nexec {shlex.quote(self.interpreter)} -I {shlex.quote(str(_ENTRY))}\n")
            bootstrap.chmod(0o755)
        super()._spawn(init_timeout)


def role_session(config: dict[str, Any]) -> dict[str, str]:
    """Credentials of the function's role, known to ministack's STS."""
    account = parse_arn(config["FunctionArn"]).account_id
    role = config.get("Role", "").rsplit("/", 1)[-1]
    name = config["FunctionName"][:64]
    digest = hashlib.sha256(f"{config['FunctionArn']}:{role}".encode()).hexdigest()
    key, secret, token = f"ASIA{digest[:16].upper()}", digest[16:56], f"session-{digest[:24]}"
    sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
            "UserId": f"{role}:{name}",
            "SecretAccessKey": secret,
            "SessionToken": token,
        },
    )
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def _environment(config: dict[str, Any], code_dir: str, port: int, endpoint: str, home: str) -> dict[str, str]:
    """The variables Lambda defines, plus the function's own, plus the way to the emulator."""
    name, logging = config["FunctionName"], config.get("LoggingConfig") or {}
    region = parse_arn(config["FunctionArn"]).region
    variables = {
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', 'python3.13')}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": logging.get("LogGroup") or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"local/[{config.get('Version', '$LATEST')}]{port}",
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_REGION": region,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": code_dir,
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": ":UTC",
        "_HANDLER": config.get("Handler", ""),
        **role_session(config),
    }
    if logging.get("LogFormat") == "JSON":
        variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        variables["AWS_LAMBDA_LOG_LEVEL"] = logging.get("ApplicationLogLevel", "INFO")
    return {
        **variables,
        **lambda_svc._runtime_env_vars(config),
        "AWS_ENDPOINT_URL": endpoint,
        # botocore would otherwise find ~/.aws of whoever runs the drill by way of the passwd file.
        "HOME": home,
        "TMPDIR": home,
    }


def _measured(original: Any) -> Any:
    """One set of AWS/Lambda metrics per attempt, whoever invoked; ministack counts only calls of Invoke."""
    emit = lambda_svc._emit_lambda_metrics

    def dispatch(func: dict, config: dict, event: Any, request_id: str, started: float) -> dict[str, Any]:
        result: dict[str, Any] = original(func, config, event, request_id, started)
        emit(
            config["FunctionName"],
            duration_ms=(time.time() - started) * 1000,
            error=bool(result.get("error")),
            throttle=False,
        )
        return result

    return dispatch


def _only_throttles(original: Any) -> Any:
    def emit(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        if throttle:
            original(function_name, duration_ms=duration_ms, error=error, throttle=throttle)

    return emit


def install(interpreter: str, endpoint: str) -> None:
    """Run every python* function by `interpreter`, calling back to `endpoint`."""
    AwslambdaricWorker.interpreter = interpreter
    home = str(Path(tempfile.gettempdir()) / "lambda-home")
    Path(home).mkdir()

    def is_python(config: dict[str, Any]) -> bool:
        return str(config.get("Runtime", "")).startswith("python")

    hooks.replace("services.lambda_svc:_execute_function_dispatch", _measured)
    hooks.replace("services.lambda_svc:_emit_lambda_metrics", _only_throttles)
    hooks.replace(
        "core.lambda_runtime:_worker_class_for",
        lambda original: lambda config: AwslambdaricWorker if is_python(config) else original(config),
    )
    hooks.replace(
        "services.lambda_svc:_provided_worker_env",
        lambda original: (
            lambda config, code_dir, port: (
                _environment(config, code_dir, port, endpoint, home)
                if is_python(config)
                else original(config, code_dir, port)
            )
        ),
    )
    hooks.replace(
        "services.lambda_svc:_execute_function_warm",
        lambda original: (
            lambda func, event, request_id: (
                lambda_svc._execute_function_provided_warm(func, event, request_id)
                if is_python(func.get("config") or func)
                else original(func, event, request_id)
            )
        ),
    )
