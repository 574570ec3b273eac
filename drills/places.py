"""The places that tell people, as stand-ins on the loopback, and the deployment's word on them.

They live in the drill's own process, so that they end with it whichever way it ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from drills.people_standin import jira, pagerduty, slack
from drills.people_standin.slack_workspace import Channel
from drills.stage import ROOT, Stage
from infra.settings import CONTEXT_KEY

HOME, OF_SECURITY = "C0INCIDENTS", "C0SECURITY"
"""The channels that are there before anything happens."""
SIGNING_SECRET = "5" * 32
_PROJECT, _PROJECT_OF_SECURITY = "OPS", "SEC"
_ROUTING_KEY_OF_SECURITY = "9" * 32
_SECRETS: Mapping[str, Mapping[str, str]] = {
    "first-responder/slack": {"bot_token": slack.TOKEN, "signing_secret": SIGNING_SECRET},
    "first-responder/pagerduty": {"routing_key": pagerduty.ROUTING_KEY},
    "first-responder/jira": {"email": jira.EMAIL, "token": jira.TOKEN},
    "first-responder/pagerduty-security": {"routing_key": _ROUTING_KEY_OF_SECURITY},
}


@dataclass(frozen=True)
class Places:
    """One of each."""

    slack: slack.Slack
    pagerduty: pagerduty.PagerDuty
    jira: jira.Jira

    def settings(self) -> dict[str, Any]:
        """What a deployment says to reach them."""
        by_slack, by_pagerduty, by_jira, for_security = _SECRETS
        return {
            "slack": {"channel": HOME, "security-channel": OF_SECURITY, "secret": by_slack, "api": self.slack.api},
            "pagerduty": {
                "secret": by_pagerduty,
                "security-secret": for_security,
                "url": self.pagerduty.address,
            },
            "ticket": {
                "system": "jira",
                "url": self.jira.address,
                "project": _PROJECT,
                "security-project": _PROJECT_OF_SECURITY,
                "secret": by_jira,
            },
        }


@contextmanager
def standing_in() -> Iterator[Places]:
    """Slack, PagerDuty and Jira on free ports of 127.0.0.1."""
    channels = Channel(HOME, "incidents"), Channel(OF_SECURITY, "security", is_private=True)
    places = Places(slack.Slack(*channels), pagerduty.PagerDuty(), jira.Jira(_PROJECT, _PROJECT_OF_SECURITY))
    places.pagerduty.routing_keys.add(_ROUTING_KEY_OF_SECURITY)
    try:
        yield places
    finally:
        for place in (places.slack, places.pagerduty, places.jira):
            place.close()


def store_secrets(stage: Stage) -> None:
    """What their owner puts into Secrets Manager before the app is deployed."""
    secrets = stage.client("secretsmanager")
    for name, value in _SECRETS.items():
        secrets.create_secret(Name=name, SecretString=json.dumps(value))


def settings_with(places: Places, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Those of cdk.json, and where the places are."""
    said = json.loads((ROOT / "cdk.json").read_text())["context"][CONTEXT_KEY]
    return {**said, **places.settings(), **(more or {})}
