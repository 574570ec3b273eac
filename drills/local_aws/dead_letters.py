"""Where undeliverable and failed events end: a queue or a topic, the event as body, the reason as attributes."""

import json
import logging
import time
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import sns, sqs

log = logging.getLogger("local_aws.delivery")


def send(target_arn: str, event: Any, attributes: dict[str, str | int]) -> None:
    """Put the event into a dead-letter queue or topic."""
    body = json.dumps(event)
    typed = {
        name: {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}
        for name, value in attributes.items()
    }
    if ":sns:" in target_arn:
        sns._fanout(target_arn, new_uuid(), body, "", "", typed)
        return
    queue = sqs._queue_by_arn(target_arn)
    if queue is None:
        log.error("dead-letter queue %s does not exist", target_arn)
        return
    now = time.time()
    message: dict[str, Any] = {
        "id": new_uuid(),
        "body": body,
        "receipt_handle": None,
        "sent_at": now,
        "visible_at": now,
        "receive_count": 0,
        "message_attributes": typed,
        "md5_attrs": sqs._md5_msg_attrs(typed),
    }
    sqs._ensure_msg_fields(message)
    queue["messages"].append(message)
