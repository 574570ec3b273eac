"""Answers to a browser: HTML that may load nothing, run nothing, be framed nowhere and be kept by nobody."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from functions.lifecycle.answer_page import STYLE

_STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


def respond(status: HTTPStatus, page: str) -> dict[str, Any]:
    """As a function URL wants it."""
    allow = {"Allow": "GET, POST"} if status is HTTPStatus.METHOD_NOT_ALLOWED else {}
    return {"statusCode": status.value, "headers": {**_HEADERS, **allow}, "body": page, "isBase64Encoded": False}
