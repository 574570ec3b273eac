"""Lambda function URLs that can be opened here: `http://127.0.0.1:PORT/_aws/lambda-url/ID/`, instead of AWS's host names.

The event is ministack's, in payload format 2.0 and with AWS's host name. A URL without authentication is served where the
function's resource policy lets everybody in, by both permissions that AWS asks for since October 2025 (Lambda Developer
Guide, Control access to Lambda function URLs). Limits: no TLS; with AuthType AWS_IAM the resource policy is not read.
"""

from typing import Any

from ministack.core.responses import json_response
from ministack.services import lambda_svc

from drills.local_aws import hooks

_PATH = "/_aws/lambda-url/"
_FORBIDDEN = (
    b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see the Lambda Developer Guide"}'
)


def open_to_all(record: dict[str, Any]) -> bool:
    """Whether the resource policy of a function lets everybody use its URL."""
    everybody = [s for s in (record.get("policy") or {}).get("Statement", []) if s.get("Principal") == "*"]
    may_use = any(
        statement["Action"] == "lambda:InvokeFunctionUrl" and _condition(statement, "StringEquals") in (None, "NONE")
        for statement in everybody
    )
    may_invoke = any(
        statement["Action"] == "lambda:InvokeFunction" and _condition(statement, "Bool") in (None, "true")
        for statement in everybody
    )
    return may_use and may_invoke


def _condition(statement: dict[str, Any], operator: str) -> str | None:
    """The value of the one condition that a function URL's permission has."""
    block = (statement.get("Condition") or {}).get(operator) or {}
    return next((str(value) for key, value in block.items() if key.startswith("lambda:")), None)


def _guarded(original: Any) -> Any:
    async def handle(url_id: str, *rest: Any, resolved: tuple | None = None, **named: Any) -> Any:
        resolved = resolved or lambda_svc.resolve_function_url(url_id)
        if resolved is not None and resolved[4].get("AuthType") == "NONE":
            record = lambda_svc._functions.get_scoped(*resolved[:3]) or {}
            if not open_to_all(record):
                return (
                    403,
                    {"Content-Type": "application/json", "x-amzn-ErrorType": "AccessDeniedException"},
                    _FORBIDDEN,
                )
        return await original(url_id, *rest, resolved=resolved, **named)

    return handle


def _discreet(original: Any) -> Any:
    """What went wrong inside a function is for its log: a caller over HTTP hears of a 502 and of nothing else."""

    def answer(result: dict[str, Any]) -> Any:
        if result.get("error") and not result.get("throttle"):
            return original({**result, "body": {"statusCode": 502, "body": "Internal Server Error"}})
        return original(result)

    return answer


def _reachable(endpoint: str) -> Any:
    def wrap(original: Any) -> Any:
        def create(name: str, data: dict[str, Any], qualifier: str | None) -> Any:
            answer = original(name, data, qualifier)
            if answer[0] != 201:
                return answer
            config = lambda_svc._function_urls[lambda_svc._url_config_key(name, qualifier)]
            config["FunctionUrl"] = f"{endpoint}{_PATH}{config['FunctionUrl'].split('//')[1].split('.')[0]}/"
            return json_response(config, status=201)

        return create

    return wrap


def install(endpoint: str) -> None:
    """Serve function URLs below `endpoint`."""
    hooks.replace("services.lambda_svc:_create_function_url_config", _reachable(endpoint))
    hooks.replace("services.lambda_svc:_function_url_id", lambda _: lambda url: url.rstrip("/").rpartition("/")[2])
    hooks.replace("services.lambda_svc:handle_function_url_request", _guarded)
    hooks.replace("services.lambda_svc:lambda_execute_result_to_api_proxy_response", _discreet)
