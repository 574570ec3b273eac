"""The AWS account, by boto3: one session per process, one client per service, and a verdict on every error."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from functions.core.ports import Clock

_CONFIG = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=10)
_EVIDENCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=1, read_timeout=2)
_FOR_EVIDENCE_ONLY = frozenset({"logs"})
"""What only adds to the record must not hold a change up: it is asked once, and given up soon."""
_TRY_AGAIN = frozenset(
    {
        "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
        "RequestThrottled", "RequestThrottledException", "ProvisionedThroughputExceededException", "SlowDown",
        "RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete", "ConcurrentUpdateException",
        "TransactionInProgressException", "ServiceUnavailable", "InternalFailure", "InternalError", "ExpiredTokenException",
    }
)  # fmt: skip
_SERVER_ERROR = 500


class Boto3Aws:
    """AWS as this process's credentials see it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.client = cache(self._client)

    def _client(self, service: str) -> Any:
        return _session().client(service, config=_EVIDENCE if service in _FOR_EVIDENCE_ONLY else _CONFIG)

    def warm(self, services: Iterable[str]) -> None:
        """Make the clients of these services now; what boto3 knows by another name is made when it is first used."""
        for service in set(services) & set(_session().get_available_services()):
            self.client(service)

    def now(self) -> datetime:
        return self._clock.now()

    def refusal(self, error: Exception) -> str | None:
        """A client error that is no throttling is a no; a server error, a time-out or anything else may have had its effect."""
        if not isinstance(error, ClientError):
            return None
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", _SERVER_ERROR)
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if status >= _SERVER_ERROR or code in _TRY_AGAIN:
            return None
        return f"{error.operation_name} was refused: {code}: {message[:500]}"


logging.getLogger("botocore").setLevel(
    logging.WARNING
)  # at INFO it tells of each credential and endpoint that it finds


@cache
def _session() -> boto3.session.Session:
    return boto3.session.Session()
