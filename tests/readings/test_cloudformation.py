from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from functions.adapters.aws import Boto3Aws
from functions.core.decision import Decline
from functions.readings.cloudformation import STACK_TAG, stack_at_work, stack_status
from tests.events import ACCOUNT, REGION

NESTED = {STACK_TAG: "data"}


def arn(name: str) -> str:
    return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/1"


@pytest.fixture
def stacks(aws: Boto3Aws) -> dict[str, str]:
    """The statuses of the stack `data` in `shop` in `company`, as a test turns them; a missing one does not exist."""
    statuses = dict.fromkeys(("data", "shop", "company"), "UPDATE_COMPLETE")
    above = {"data": {"ParentId": arn("shop"), "RootId": arn("company")}}
    asked: list[str] = []

    def answer(**_: Any) -> Any:
        name = asked[-1].rpartition(":stack/")[2].partition("/")[0]
        if name not in statuses:
            error = {"Code": "ValidationError", "Message": f"Stack with id {name} does not exist"}
            return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}
        stack = {"StackName": name, "StackStatus": statuses[name], **above.get(name, {})}
        return SimpleNamespace(status_code=200), {"Stacks": [stack], "ResponseMetadata": {"HTTPStatusCode": 200}}

    events = aws.client("cloudformation").meta.events
    events.register("provide-client-params.cloudformation.*", lambda params, **_: asked.append(params["StackName"]))
    events.register("before-call.cloudformation.DescribeStacks", answer)
    return statuses


def test_what_no_stack_declares_has_no_status(aws: Boto3Aws, stacks: dict[str, str]) -> None:
    assert stack_status(aws, {"Name": "web"}) == ""


def test_a_nested_stack_is_at_rest_when_those_above_it_are(aws: Boto3Aws, stacks: dict[str, str]) -> None:
    assert stack_status(aws, NESTED) == "UPDATE_COMPLETE"


@pytest.mark.parametrize("above", ["shop", "company"])
def test_a_nested_stack_is_at_work_while_one_above_it_is(aws: Boto3Aws, stacks: dict[str, str], above: str) -> None:
    stacks[above] = "UPDATE_ROLLBACK_IN_PROGRESS"
    decline = stack_at_work(stack_status(aws, NESTED))
    assert decline is not None and decline.code == "stack_in_progress"
    assert f"UPDATE_ROLLBACK_IN_PROGRESS ({above}, above it)" in decline.seen


def test_its_own_status_comes_first(aws: Boto3Aws, stacks: dict[str, str]) -> None:
    stacks["data"] = stacks["shop"] = "UPDATE_IN_PROGRESS"
    assert stack_status(aws, NESTED) == "UPDATE_IN_PROGRESS"


@pytest.mark.parametrize("gone", ["data", "shop"])
def test_a_stack_that_cannot_be_read_is_raised(aws: Boto3Aws, stacks: dict[str, str], gone: str) -> None:
    del stacks[gone]
    with pytest.raises(ClientError) as raised:
        stack_status(aws, NESTED)
    assert aws.refusal(raised.value) is not None


MODEL = ServiceModel(Loader().load_service_model("cloudformation", "service-2"))


@pytest.mark.parametrize("status", MODEL.shape_for("StackStatus").enum)
def test_every_status_but_a_completed_one_stops_a_change(status: str) -> None:
    decline: Decline | None = stack_at_work(status)
    if status.endswith("_COMPLETE"):
        assert decline is None
        return
    assert decline is not None
    assert decline.code == ("stack_failed" if status.endswith("_FAILED") else "stack_in_progress")


def test_a_status_that_is_none_of_them_stops_a_change_too() -> None:
    decline = stack_at_work("UPDATE_PAUSED")
    assert decline is not None and decline.code == "stack_status_unknown"
