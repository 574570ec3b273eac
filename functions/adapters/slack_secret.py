"""The two secrets of the Slack app: its bot's token, and what Slack signs its requests with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from functions.adapters.stored_secret import StoredSecret
from functions.core.errors import InvalidSetting

_ALLOWED = '{"bot_token": "xoxb-...", "signing_secret": "..."}'


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """Shown nowhere, not even where this is printed."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)


class SlackSecret:
    """Read once per process, and again where it may have been rotated. Raises what Secrets Manager raises."""

    def __init__(self, stored: StoredSecret) -> None:
        self._stored = stored

    def read(self) -> Credentials:
        """As it was last read. Raises InvalidSetting where the secret is not like it has to be; what it is, is not told."""
        return _credentials(self._stored.read())

    def read_again(self) -> Credentials:
        """As it is now, but looked at once a minute at most."""
        return _credentials(self._stored.read_again())


def _credentials(value: bytes) -> Credentials:
    try:
        said = json.loads(value)
        found = {name: said[name] for name in ("bot_token", "signing_secret")}
    except (ValueError, TypeError, KeyError):
        found = {}
    if not found or not all(isinstance(text, str) and text.strip() for text in found.values()):
        raise InvalidSetting("the secret of the Slack app", "something else", _ALLOWED)
    return Credentials(**{name: text.strip() for name, text in found.items()})
