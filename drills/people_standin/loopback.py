"""A JSON service on the loopback that can fail on order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Said = dict[str, Any]
Does = Callable[..., tuple[int, Said | None]]
_ELSEWHERE = "http://127.0.0.1:9/elsewhere"
_FIXED: Mapping[str, tuple[int, str]] = {
    "limited": (429, '{"message": "too many requests"}'),
    "broken": (500, '{"message": "internal error"}'),
    "garbled": (200, "<html>proxy</html>"),
    "refused": (401, '{"message": "not you"}'),
    "moved": (302, ""),
    "bad": (400, '{"message": "no such field"}'),
}


class Loopback:
    """`routes` are (name, method, pattern of the path, what it does). `orders` is what goes wrong next: (name of a route, what),
    or (name, what, a text that what is asked has to hold), first come first served, where `what` is limited, broken, garbled, refused, moved, bad, hang (until `close`), or lost (it is
    done, and the answer never comes)."""

    routes: tuple[tuple[str, str, str, str], ...] = ()

    def __init__(self) -> None:
        self.orders: list[tuple[str, str] | tuple[str, str, str]] = []
        self.calls: list[tuple[str, Said]] = []
        self.done: list[tuple[str, tuple[str, ...], Said, Said]] = []
        """Of the calls, those that were carried out: route, what its path names, what was asked, what came of it."""
        self._lock, self._closing = Lock(), Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def address(self) -> str:
        """The base URL, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def allows(self, headers: Mapping[str, str]) -> bool:
        """Whether this is one who may ask."""
        return True

    def count(self, name: str) -> int:
        """How often a route was asked for."""
        return sum(1 for route, _ in self.calls if route == name)

    def answer(self, method: str, address: str, headers: Mapping[str, str], said: Said) -> tuple[int, str] | None:
        """Status and body; None where no answer comes."""
        url = urlsplit(address)
        for name, verb, pattern, does in self.routes:
            found = re.fullmatch(pattern, url.path)
            if verb == method and found:
                asked = {**{key: value for key, (value, *_) in parse_qs(url.query).items()}, **said}
                return self._take(name, getattr(self, does), found.groups(), headers, asked)
        return 404, "{}"

    def _take(
        self, name: str, does: Does, named: tuple[str, ...], headers: Mapping[str, str], asked: Said
    ) -> tuple[int, str] | None:
        with self._lock:
            self.calls.append((name, asked))
            trouble = self._trouble(name, json.dumps(asked))
            if trouble in _FIXED:
                return _FIXED[trouble]
            if not self.allows(headers):
                return _FIXED["refused"]
            if trouble != "hang":
                status, body = does(*named, asked)
                self.done += [(name, named, asked, body or {})] if status < 300 else []
                return None if trouble == "lost" else (status, "" if body is None else json.dumps(body))
        self._closing.wait()
        return None

    def _trouble(self, name: str, asked: str) -> str:
        fits = (route == name and all(text in asked for text in about) for route, _, *about in self.orders)
        which = next((i for i, fit in enumerate(fits) if fit), None)
        return "" if which is None else self.orders.pop(which)[1]


def _handler(service: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = service.answer(self.command, self.path, self.headers, json.loads(body) if body else {})
            if answer is None:
                self.close_connection = True
                return
            status, text = answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            if status == 429:
                self.send_header("Retry-After", "30")
            if status == 302:
                self.send_header("Location", _ELSEWHERE)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the names are http.server's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Says nothing."""

    return Handler
