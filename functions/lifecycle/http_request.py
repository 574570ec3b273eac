"""Requests of a Lambda function URL (payload format 2.0), checked before anything looks at them. Strangers send these."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

LONGEST_BODY = 8192
"""Bytes: a token, a name and a reason take a quarter of it."""
_MOST_FIELDS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A GET with the fields of its query, or a POST with those of its form."""

    method: str
    fields: Mapping[str, str]


def is_http(event: object) -> bool:
    """Whether it came by the function URL. Nobody outside can make another kind of event of it, or the reverse."""
    context = event.get("requestContext") if isinstance(event, Mapping) else None
    return isinstance(context, Mapping) and isinstance(context.get("http"), Mapping)


def read_http(event: Mapping[str, Any]) -> Request | HTTPStatus:
    """The request, or the status that refuses it. Never raises: a stranger could call people by making it fail."""
    method = event["requestContext"]["http"].get("method")
    if event.get("rawPath") != "/":
        return HTTPStatus.NOT_FOUND
    if method == "GET":
        query = event.get("queryStringParameters")
        return Request(method="GET", fields=query if isinstance(query, Mapping) else {})
    return _posted(event) if method == "POST" else HTTPStatus.METHOD_NOT_ALLOWED


def _posted(event: Mapping[str, Any]) -> Request | HTTPStatus:
    try:
        body = _body(event.get("body"), bool(event.get("isBase64Encoded")))
        if len(body) > LONGEST_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        fields = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        return HTTPStatus.BAD_REQUEST
    if any(len(values) > 1 for values in fields.values()):
        return HTTPStatus.BAD_REQUEST
    return Request(method="POST", fields={name: values[0] for name, values in fields.items()})


def _body(sent: object, encoded: bool) -> bytes:
    """Forms come in base64. Raises ValueError for what is no such text."""
    text = sent if isinstance(sent, str) else ""
    return b64decode(text.encode("ascii"), validate=True) if encoded else text.encode()
