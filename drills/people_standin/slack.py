"""Slack on the loopback: its Web API and its response URLs over HTTP; and it can fail on order.

Requests come as JSON or as a form, with the bot's token in the Authorization header. Answers have status 200, whether they are
`ok` or not; only a limit of the rate has a status of its own, 429.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from time import time
from urllib.parse import parse_qs

from drills.people_standin.slack_workspace import Channel, Said, Workspace

TOKEN = "xoxb-stand-in"


class Slack:
    """A workspace, and the address of it. `orders` is what goes wrong next, as (method, what), each once, where `what` is limited,
    broken, garbled, hang (until `close`), lost (it is done, and the answer never comes), or Slack's own word for an error."""

    def __init__(self, *channels: Channel, now: Callable[[], float] = time) -> None:
        self.workspace = Workspace(channels, now)
        self.tokens = {TOKEN}
        self.orders: list[tuple[str, str]] = []
        self.calls: list[tuple[str, Said]] = []
        self.done: list[tuple[str, Said, Said]] = []
        """Of the calls, those that were carried out: method, what was said, what came of it."""
        self.responses: list[tuple[str, Said]] = []
        """What came to response URLs, as (path, JSON)."""
        self._lock, self._closing = Lock(), Event()
        self._server = _Server(self)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def channels(self) -> dict[str, Channel]:
        return self.workspace.channels

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    @property
    def api(self) -> str:
        """The base URL of the Web API."""
        return f"{self.address}api/"

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, token: str, said: Said) -> tuple[int, Said | None]:
        """Status and JSON, empty for what is no JSON; None where no answer comes."""
        with self._lock:
            self.calls.append((method, said))
            which = next((i for i, (name, _) in enumerate(self.orders) if name == method), None)
            trouble = "" if which is None else self.orders.pop(which)[1]
            if trouble in _REFUSALS:
                return _REFUSALS[trouble]
            if trouble not in ("", "hang", "lost") or token not in self.tokens:
                return 200, {"ok": False, "error": trouble or "invalid_auth"}
            if trouble != "hang":
                answer = self.workspace.do(method, said)
                self.done += [(method, said, answer)] if answer["ok"] else []
                return 200, None if trouble == "lost" else answer
        self._closing.wait()
        return 200, None


_REFUSALS: dict[str, tuple[int, Said]] = {
    "limited": (429, {"ok": False, "error": "ratelimited"}),
    "broken": (500, {"ok": False, "error": "internal_error"}),
    "garbled": (502, {}),
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        super().__init__(("127.0.0.1", 0), _Requests)


class _Requests(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        said = self._said()
        if not self.path.startswith("/api/"):
            self.server.slack.responses.append((self.path, said))
            self._send(200, {"ok": True})
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        status, answer = self.server.slack.answer(self.path.removeprefix("/api/"), token, said)
        if answer is not None:
            self._send(status, answer)

    def _said(self) -> Said:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if "json" in self.headers.get("Content-Type", ""):
            said: Said = json.loads(body)
            return said
        return {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}

    def _send(self, status: int, answer: Said) -> None:
        body = json.dumps(answer).encode() if answer else b"<html>bad gateway</html>"
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if answer else "text/html")
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "30")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing: a drill speaks for itself."""
