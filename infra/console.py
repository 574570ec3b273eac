"""The function behind the dashboard's custom widget. CloudWatch invokes it with the rights of whoever looks at the dashboard."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from constructs import Construct

from functions.wiring import PREFIX
from infra.foundation import Foundation
from infra.watched_function import WatchedFunction

CONSOLE = "first-responder-console"


def console(scope: Construct, foundation: Foundation) -> WatchedFunction:
    """May read incidents and the list of what is open, and write nothing: its buttons call the answer function by its name."""
    answers = Stack.of(scope).format_arn(
        service="lambda",
        resource="function",
        resource_name="first-responder-answer",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return WatchedFunction(
        scope,
        CONSOLE,
        foundation,
        handler="functions.lifecycle.console_widget.lambda_handler",
        does="Lists open incidents on the dashboard, and offers to answer. Reads the record and changes nothing",
        may=[foundation.record.on_incidents("dynamodb:Query"), foundation.record.find_open()],
        environment={f"{PREFIX}ANSWERS": answers},
    )
