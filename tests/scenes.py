"""The scenes of each remediation: AWS in a state, and an event that makes the remediation change something there.

A remediation's test module offers them as `SCENES`, by name. Whatever stands there is played with every fault at every call
(tests/remediations/test_faults.py) and held against the permissions (tests/remediations/test_permissions.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from moto import mock_aws
from moto.moto_api._internal import mock_random

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.catalogue import names
from tests.events import REGION
from tests.house import House

Scene = Callable[[], AbstractContextManager[tuple[House, Any]]]
"""Sets the state up and yields the house with the event; entered again it sets up the very same state."""

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


def scenes_of(remediation: str) -> dict[str, Scene]:
    """By name; none where its test module is missing or offers none."""
    module = f"tests.remediations.test_{remediation}"
    return dict(getattr(import_module(module), "SCENES", {})) if find_spec(module) else {}


def all_scenes() -> list[tuple[str, str]]:
    """Each scene as (remediation, name)."""
    return [(remediation, name) for remediation in names() for name in scenes_of(remediation)]


@contextmanager
def moto_account(clock: FakeClock, **variables: str) -> Iterator[Boto3Aws]:
    """An empty account, under these variables of the environment. Its ids are the same whenever it is opened."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in {**_CREDENTIALS, **variables}.items():
            patch.setenv(name, value)
        mock_random.seed(1)
        yield Boto3Aws(clock)


class Reacting:
    """An account in which the world goes on after a change: `then` names what follows on which call."""

    def __init__(self, aws: Any, then: Mapping[str, Callable[[], Any]]) -> None:
        self._aws, self._then = aws, then
        self.now, self.refusal = aws.now, aws.refusal

    def client(self, service: str) -> Any:
        return _Reacting(self._aws.client(service), self._then)


class _Reacting:
    def __init__(self, client: Any, then: Mapping[str, Callable[[], Any]]) -> None:
        self._client, self._then = client, then

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in self._then:
            return found

        def call(**asked: Any) -> Any:
            answer = found(**asked)
            self._then[name]()
            return answer

        return call


class OwnedBy:
    """An account whose resources belong to a stack in this status. moto's CloudFormation needs packages that are not here."""

    def __init__(self, aws: Any, status: str) -> None:
        self._aws, self._status = aws, status
        self.now, self.refusal = aws.now, aws.refusal

    def client(self, service: str) -> Any:
        return self if service == "cloudformation" else self._aws.client(service)

    def describe_stacks(self, **asked: Any) -> dict[str, Any]:
        return {"Stacks": [{"StackName": asked["StackName"], "StackStatus": self._status}]}
