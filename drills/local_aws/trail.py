"""CloudTrail's events under the names that CloudTrail gives them.

ministack has the access key in the place of a user's name, and `POST.iam` for a call whose action is in its body.
"""

from collections.abc import Callable
from typing import Any

from ministack.services import iam

from drills.local_aws import hooks


def _named(original: Callable[..., None]) -> Callable[..., None]:
    def record_event(*, event_name: str, username: str, request_params: dict[str, Any], **event: Any) -> None:
        original(
            event_name=str(request_params.get("Action", event_name)),
            username=(iam._access_keys.get(username) or {}).get("UserName", username),
            request_params=request_params,
            **event,
        )

    return record_event


def install() -> None:
    """Name them."""
    hooks.replace("services.cloudtrail:record_event", _named)
