"""A client of an account in memory, held to botocore's model of its service: nothing is asked or answered that AWS does not know."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from tests.paginator import operation, paginator


class ModelledClient:
    """The calls of all services that an account plays; a subclass answers each in a method of its name, from what was asked.

    The account has `refuses` (an error's code by method), and may have `reads` (gets the methods that were called) and `then`
    (what follows on a call, by method).
    """

    def __init__(self, account: Any, service: str) -> None:
        self._account, self._service = account, service

    def __getattribute__(self, name: str) -> Any:
        known = object.__getattribute__(self, name)
        if name.startswith("_") or name == "get_paginator":
            return known
        return partial(_call, self._account, self._service, name, known)

    def get_paginator(self, name: str) -> Any:
        return paginator(self, self._service, name)


def _call(account: Any, service: str, name: str, answer: Callable[..., Any], /, **asked: Any) -> Any:
    getattr(account, "reads", []).append(name)
    if name in account.refuses:
        raise refused(account.refuses[name], name)
    called = operation(service, name)
    hold(name, called.input_shape, asked)
    said = answer(asked)
    if called.output_shape is not None:
        hold(name, called.output_shape, said)
    getattr(account, "then", {}).get(name, lambda: None)()
    return said


def hold(name: str, shape: Any, value: Any) -> None:
    """Raises AssertionError for a value that the model does not allow."""
    problems = ParamValidator().validate(value, shape)
    assert not problems.has_errors(), f"{name}: {problems.generate_report()}"


def refused(code: str, operation: str) -> ClientError:
    """What boto3 raises where AWS says no."""
    return ClientError(
        {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation
    )
