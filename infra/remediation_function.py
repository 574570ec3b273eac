"""One remediation, deployed: its function with exactly the permissions that it declares, and those of keeping its record."""

from __future__ import annotations

import sys
from typing import Any

from constructs import Construct

from functions.adapters.follow_through import function_name
from functions.core.remediation import Remediation
from functions.wiring import PREFIX
from infra.foundation import Foundation
from infra.permissions import statement
from infra.watched_function import WatchedFunction

_LONGEST_DESCRIPTION = 256


class RemediationFunction(WatchedFunction):
    """Named after its file; described by the first line of its docstring."""

    def __init__(self, scope: Construct, remediation: Remediation[Any], foundation: Foundation) -> None:
        declared = [statement(allow, foundation.settings.mode) for allow in remediation.permissions]
        record = [foundation.record.write(), foundation.record.keep_evidence(), foundation.start_follow_through()]
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
