"""boto3's own paginators over a client that stands in for boto3's, so that each page is a call of that client."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.paginate import Paginator


@cache
def service_model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"))


@cache
def operation(service: str, method: str) -> OperationModel:
    """The operation that a client's method calls. Raises StopIteration where the service has none."""
    model = service_model(service)
    return model.operation_model(next(name for name in model.operation_names if xform_name(name) == method))


@cache
def _pages(service: str) -> dict[str, Any]:
    found: dict[str, Any] = Loader().load_service_model(service, "paginators-1")["pagination"]
    return found


def paginator(client: Any, service: str, method: str) -> Paginator:
    """What `client.get_paginator(method)` would answer. Raises KeyError where boto3 has no paginator for it."""
    called = operation(service, method)
    return Paginator(getattr(client, method), _pages(service)[called.name], called)
