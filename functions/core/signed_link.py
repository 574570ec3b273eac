"""A signed link: lets who holds it answer one proposal without AWS credentials, until it expires.

A token is `<base64url of JSON>.<base64url of HMAC-SHA256>`, without padding. Its JSON is
`{"incident", "run", "plan", "for", "until"}`: the plan's hash, the person who is asked (empty for whoever gives a name), and
the end in seconds since 1970.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

_SHORTEST_KEY = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,2000}\.[A-Za-z0-9_-]{43}")
_PURPOSE = b"first-responder answer 1\n"
"""Signed along, so that no other use of the key, now or later, makes a token by chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """What a token stands for. `named` may answer in no other name; empty asks for one. `until` is in whole seconds."""

    incident: str
    run: str
    plan_hash: str
    named: str
    until: datetime


def mint(link: Link, key: bytes) -> str:
    """The token. Raises ValueError for a key that can be guessed."""
    said = {
        "incident": link.incident,
        "run": link.run,
        "plan": link.plan_hash,
        "for": link.named,
        "until": int(link.until.timestamp()),
    }
    body = _text(json.dumps(said, separators=(",", ":"), sort_keys=True).encode())
    return f"{body}.{_signature(body, key)}"


def well_formed(token: object) -> bool:
    """Whether it looks like a token at all, whoever signed it."""
    return isinstance(token, str) and _TOKEN.fullmatch(token) is not None


def read_link(token: str, key: bytes) -> Link | None:
    """What a token stands for; None where it was not signed with this key. Whether its time is over is the caller's."""
    if not well_formed(token):
        return None
    body, _, signature = token.partition(".")
    if not hmac.compare_digest(_signature(body, key).encode(), signature.encode()):
        return None
    said = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return Link(
        incident=said["incident"],
        run=said["run"],
        plan_hash=said["plan"],
        named=said["for"],
        until=datetime.fromtimestamp(said["until"], UTC),
    )


def _signature(body: str, key: bytes) -> str:
    if len(key) < _SHORTEST_KEY:
        raise ValueError(f"a signing key has {_SHORTEST_KEY} bytes or more, this one has {len(key)}")
    return _text(hmac.new(key, _PURPOSE + body.encode(), hashlib.sha256).digest())


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
