"""JSON over HTTPS to a service that people work with, by Python's own library: one request for a line every few minutes needs no
pool, no session and no retry (that is the queue's). urllib3 is in Lambda's runtime as a part of botocore alone, promised to nobody.

Redirects are refused: they would carry the credentials to another host.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from functions.core.errors import InvalidSetting
from functions.core.printable import trimmed

_TIMEOUT = 10
"""Seconds for each step of a call."""
_LONGEST = 8 * 1024 * 1024
_SHOWN = 300
_LOOPBACK = ("127.0.0.1", "localhost")


class HttpRefused(Exception):
    """The service has said no, with this HTTP status. The text has what it said, cut, and when to ask again if it says so."""

    def __init__(self, place: str, status: int, said: str, again_after: str = "") -> None:
        self.status = status
        wait = f"; to be asked again after {trimmed(again_after, 40)}" if again_after else ""
        super().__init__(f"{place} has answered {status}: {trimmed(said, _SHOWN)}{wait}")


def read_base(url: object, name: str) -> str:
    """A base URL without a slash at its end: https, or http on the loopback. Raises InvalidSetting naming the setting `name`."""
    allowed = "an address such as https://example.org, with no user, query or fragment"
    if not isinstance(url, str) or not url.isprintable() or any(char in url for char in "@?#\\ "):
        raise InvalidSetting(name, url, allowed)
    try:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in _LOOPBACK
        fits = parts.hostname and (parts.scheme == "https" or local) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise InvalidSetting(name, url, allowed)
    return url.rstrip("/")


class JsonHttp:
    """`place` is the service's name in errors, `base` as `read_base` allows it."""

    def __init__(self, place: str, base: str) -> None:
        self._place, self._base = place, read_base(base, place)

    def ask(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None, secret: str = ""
    ) -> dict[str, Any]:
        """The JSON object that came back, empty where none did. `secret` is blotted out of what an error tells.

        Raises HttpRefused for every other status than 2xx and for what is no JSON object; OSError or HTTPException where the network fails.
        """
        data = None if body is None else json.dumps(body).encode()
        kind = {"Accept": "application/json", "Content-Type": "application/json"}
        request = Request(self._base + path, data=data, method=method, headers={**kind, **(headers or {})})
        try:
            with _OPENER.open(request, timeout=_TIMEOUT) as answer:
                return self._read(answer.status, answer.read(_LONGEST + 1))
        except HTTPError as error:
            with error:
                said = error.read(_LONGEST).decode(errors="replace")
                raise self._refused(error, said, secret) from None

    def _read(self, status: int, content: bytes) -> dict[str, Any]:
        if len(content) > _LONGEST:
            raise HttpRefused(self._place, status, f"more than {_LONGEST} bytes")
        try:
            said = json.loads(content) if content.strip() else {}
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise HttpRefused(self._place, status, f"no JSON object but {content[:_SHOWN].decode(errors='replace')}")
        return said

    def _refused(self, error: HTTPError, said: str, secret: str) -> HttpRefused:
        plain = said.replace(secret, "***") if secret else said
        return HttpRefused(self._place, error.code, plain, error.headers.get("Retry-After", ""))


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *redirection: object) -> None:
        """None makes an HTTPError of it."""


_OPENER = build_opener(_NoRedirect)
