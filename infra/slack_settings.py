"""The deployment's word on Slack: an object of channels and the name of a secret, checked. The secret itself is the owner's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from functions.core.errors import InvalidSetting
from functions.core.policy import TAG_PREFIX

_CHANNEL = re.compile(r"[CG][A-Z0-9]{8,20}")
_ARN = re.compile(
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]{1,512}-[A-Za-z0-9]{6}", re.ASCII
)
_NAME = re.compile(r"[\w/+=.@-]{1,512}", re.ASCII)
_API = re.compile(r"https://[a-z0-9.-]+/api/|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?/api/")
_ALLOWED: Mapping[str, tuple[re.Pattern[str], str]] = {
    "channel": (_CHANNEL, "a channel's id, e.g. C0123456789: it is at the end of what Slack shows about a channel"),
    "security-channel": (_CHANNEL, "the id of a private channel"),
    "secret": (_NAME, "the name of a secret, or its whole ARN"),
    "api": (_API, "the base URL of Slack's Web API, e.g. https://slack.com/api/"),
}
_NEEDED = ("channel", "secret")


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackSettings:
    """`channels` are ids by audience. `secret` is the name or the ARN of a secret of this account and Region."""

    channels: Mapping[str, str]
    secret: str
    api: str

    def for_functions(self) -> str:
        """As JSON, the way functions/lifecycle/announce_slack.py reads it."""
        return json.dumps({"channels": dict(self.channels), "secret": self.secret, "api": self.api}, sort_keys=True)


def read_slack(said: object, name: str) -> SlackSettings | None:
    """None where nothing is said. Raises InvalidSetting naming the setting, what was found and what is allowed."""
    if said is None:
        return None
    setting = TAG_PREFIX + name
    if not isinstance(said, Mapping) or not set(_NEEDED) <= set(said) <= set(_ALLOWED):
        raise InvalidSetting(setting, said, f"null, or an object with {', '.join(_NEEDED)}; and {' | '.join(_ALLOWED)}")
    given = {key: _checked(value, key, setting) for key, value in said.items()}
    channels = {"operations": given["channel"], "security": given.get("security-channel", "")}
    if channels["operations"] == channels["security"]:
        raise InvalidSetting(f"{setting}.security-channel", channels["security"], "another one than channel")
    return SlackSettings(
        channels={audience: channel for audience, channel in channels.items() if channel},
        secret=given["secret"],
        api=given.get("api", "https://slack.com/api/"),
    )


def _checked(value: object, key: str, setting: str) -> str:
    pattern, allowed = _ALLOWED[key]
    patterns = (pattern, _ARN) if key == "secret" else (pattern,)
    if not isinstance(value, str) or not any(one.fullmatch(value) for one in patterns):
        raise InvalidSetting(f"{setting}.{key}", value, allowed)
    return value
