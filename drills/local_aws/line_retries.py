"""A message of a queue whose function has failed: given again after `line_retry`, not after the queue's visibility timeout.

While a function is at work on it, the message is out of sight for the whole timeout, as on AWS.
"""

import time
from typing import Any

from drills.local_aws import hooks, timings


def _sooner(original: Any) -> Any:
    def run_batch(esm: dict, function: dict, event: Any, batch: list[dict], *queue: str) -> None:
        original(esm, function, event, batch, *queue)
        # Those that were taken have left the queue by now.
        for message in batch:
            message["visible_at"] = min(message["visible_at"], time.time() + timings.current.line_retry)

    return run_batch


def install() -> None:
    """Shorten the wait."""
    hooks.replace("services.lambda_svc:_run_sqs_batch", _sooner)
