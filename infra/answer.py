"""The function that takes people's answers to proposals, and, where the deployment wants them, what signed links need."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Acknowledgment, CfnOutput, Validations
from aws_cdk.aws_iam import PolicyStatement
from aws_cdk.aws_lambda import CfnFunction, FunctionUrlAuthType
from aws_cdk.aws_secretsmanager import Secret, SecretStringGenerator
from constructs import Construct

from functions.wiring import PREFIX
from infra.foundation import Foundation
from infra.slack import carry_out_presses, slack_environment
from infra.watched_function import WatchedFunction

NAME = "first-responder-answer"
_AT_ONCE = 5
"""Whoever floods the public address takes no more than this from the account's concurrency, which the remediations share."""
_NO_ROTATION = (
    "A new value voids all links that are out, so it is set when one has leaked, not on a schedule; both functions take it up"
    " within a minute, and a link lives no longer than its proposal"
)


@dataclass(frozen=True, kw_only=True)
class AnswerLinks:
    """What the announcer needs to make links: the public address, the key, and the runs that they are for."""

    environment: dict[str, str]
    may: list[PolicyStatement]


def answer(scope: Construct, foundation: Foundation) -> AnswerLinks | None:
    """May write down answers and wake remediations up; changes no workload. The links are None where none are wanted."""
    record, slack = foundation.record, foundation.settings.slack
    key = _key(scope) if foundation.settings.answer_links else None
    function = WatchedFunction(
        scope,
        NAME,
        foundation,
        handler="functions.lifecycle.answer.lambda_handler",
        does="Takes people's answers to proposals, and lists what waits. Invoked by people, signed links or Slack's buttons",
        may=[
            record.on_incidents("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
            record.find_open(),
            foundation.start_follow_through(),
            *([_read(key)] if key else []),
            *(carry_out_presses(foundation, slack, NAME) if slack else []),
        ],
        environment={**(_environment(key) if key else {}), **(slack_environment(slack) if slack else {})},
    )
    if key is None and slack is None:
        return None
    url = _address(function)
    if slack:
        says = "Name this as the Request URL of the Slack app's interactivity"
        CfnOutput(scope, "SlackAddressOutput", value=f"{url}slack", description=says)
    return _links(foundation, key, url) if key else None


def _links(foundation: Foundation, key: Secret, url: str) -> AnswerLinks:
    environment = {**_environment(key), f"{PREFIX}ANSWER_URL": url}
    return AnswerLinks(environment=environment, may=[_read(key), foundation.record.on_incidents("dynamodb:GetItem")])


def _address(function: WatchedFunction) -> str:
    """Public: the signature in the link, or Slack's of the request, is what lets somebody in."""
    resource = function.function.node.default_child
    assert isinstance(resource, CfnFunction)
    resource.reserved_concurrent_executions = _AT_ONCE
    return function.function.add_function_url(auth_type=FunctionUrlAuthType.NONE).url


def _key(scope: Construct) -> Secret:
    generated = SecretStringGenerator(password_length=64, exclude_punctuation=True)
    key = Secret(scope, "AnswerKey", description="Signs the links to proposals", generate_secret_string=generated)
    Validations.of(key).acknowledge(Acknowledgment(id="AwsSolutions::AwsSolutions-SMG4", reason=_NO_ROTATION))
    return key


def _environment(key: Secret) -> dict[str, str]:
    return {f"{PREFIX}ANSWER_KEY": key.secret_arn}


def _read(key: Secret) -> PolicyStatement:
    return PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[key.secret_arn])
