"""Handing over to another row of the runbook: the request that a person only has to send."""

from __future__ import annotations

import json


def hand_over(remediation: str, target: str, reason: str, **parameters: str) -> str:
    """A sentence with the request, as JSON, for the function of `remediation`. It proposes: whoever sends it approves the plan.

    Names no requester: that is who sends it.
    """
    request = {"target": target, "reason": reason, "requested_by": "YOUR NAME", "mode": "propose"}
    request |= {"parameters": parameters} if parameters else {}  # type: ignore[dict-item]
    return f"Hand over to {remediation}: {json.dumps(request)}"
