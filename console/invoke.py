"""Invoking a deployed function: the port, and its adapter with boto3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

_PATIENCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=70)
"""Longer than a function may run, and never a second attempt: the first one may have had its effect."""


class Refused(Exception):
    """The function, or AWS before it, said no. The text is for the person who asked."""


class Invoke(Protocol):
    """Calls a function and waits for its answer."""

    def __call__(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The answer, as JSON. Raises Refused."""


class LambdaInvoke:
    """AWS Lambda, with the credentials, Region and endpoint of the environment."""

    def __call__(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        try:
            client = boto3.client("lambda", config=_PATIENCE)
            answer = client.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
        except (BotoCoreError, ClientError) as error:
            raise Refused(f"{function} could not be asked: {str(error).rstrip('.')}{_advice(error)}") from None
        return read_answer(answer["Payload"].read(), failed="FunctionError" in answer)


def _advice(error: Exception) -> str:
    """What to do about it, where that is known."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    return f". {_ADVICE[code]}" if code in _ADVICE else ""


_ADVICE = {
    "ResourceNotFoundException": "Is it deployed in this account and Region? AWS_PROFILE and AWS_REGION choose them",
    "AccessDeniedException": "Your credentials need lambda:InvokeFunction on this function",
    "ExpiredTokenException": "Sign in again",
    "NoRegionError": "Set AWS_REGION to the Region that it is deployed in",
    "NoCredentialsError": "Sign in, or set AWS_PROFILE",
    "ReadTimeoutError": "It may still be at work: look before you ask again",
}


def read_answer(body: bytes, *, failed: bool) -> dict[str, Any]:
    """What a function answered. Raises Refused with the sentence of the error that it raised."""
    said = json.loads(body)
    if failed:
        raise Refused(said.get("errorMessage") or said.get("errorType") or "the function failed without a word")
    answer: dict[str, Any] = said
    return answer
