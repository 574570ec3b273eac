"""One remediation, deployed: its function with exactly the permissions that it declares, and those of keeping its record."""

from __future__ import annotations

import sys
from typing import Any

from constructs import Construct

from functions.adapters.cloudwatch_alarms import CloudWatchAlarms
from functions.adapters.follow_through import function_name
from functions.core.remediation import Remediation
from functions.wiring import PREFIX
from infra.foundation import Foundation
from infra.permissions import statement
from infra.watched_function import WatchedFunction

_LONGEST_DESCRIPTION = 256


class RemediationFunction(WatchedFunction):
    """Named after its file; described by the first line of its docstring.

    `permissions` are what it declares, and the look at its alarm's own silence.
    """

    def __init__(self, scope: Construct, remediation: Remediation[Any], foundation: Foundation) -> None:
        self.permissions = tuple(dict.fromkeys([*remediation.permissions, *CloudWatchAlarms.PERMISSIONS]))
        declared = [statement(allow, foundation.settings.mode) for allow in self.permissions]
        kept = foundation.record
        record = [kept.write(), kept.look_back(), kept.keep_evidence(), foundation.start_follow_through()]
        super().__init__(
            scope,
            function_name(remediation.name),
            foundation,
            handler="functions.handler.lambda_handler",
            does=_first_line(remediation),
            may=[*declared, *record],
            environment={f"{PREFIX}REMEDIATION": remediation.name},
        )
        self.remediation = remediation


def _first_line(remediation: Remediation[Any]) -> str:
    text = sys.modules[type(remediation).__module__].__doc__ or remediation.name
    return text.strip().splitlines()[0][:_LONGEST_DESCRIPTION]
