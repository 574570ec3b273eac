"""What a drill asks of the local AWS itself, in front of all that AWS would answer: the calls that were made, and findings to raise."""

import json
from typing import Any

from ministack import app

from drills.local_aws import calls, guardduty


async def serve(scope: Any, receive: Any, send: Any) -> None:
    """ministack's application with our endpoints in front."""
    path = scope.get("path")
    if scope["type"] != "http" or path not in (calls.PATH, guardduty.PATH):
        await app.app(scope, receive, send)
        return
    status = 200
    if path == calls.PATH:
        body = calls.listing(scope.get("query_string", b"").decode())
    else:
        try:
            body = guardduty.raise_finding(await _body(receive))
        except ValueError as error:
            status, body = 400, json.dumps({"message": str(error)}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body
