"""How a person can answer a proposal: the command, and a signed link where the deployment has links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.stored_secret import StoredSecret
from functions.core.approval import expires_at, refusal
from functions.core.ports import Ports
from functions.core.signed_link import Link, mint
from functions.wiring import PREFIX, wire

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True)
class Links:
    """Makes links to proposals. `url` ends with a slash."""

    url: str
    ports: Ports
    key: StoredSecret

    def to(self, incident: str, run: str) -> str:
        """The link to what waits now; empty where nothing does. Looks at the key anew: an old one makes links that are refused."""
        found, settings = self.ports.store.load(incident, run), self.ports.settings
        plan_hash = found.plan["hash"] if found is not None and found.plan is not None else ""
        if found is None or refusal(found, plan_hash, self.ports.clock.now(), settings) is not None:
            return ""
        until = expires_at(found, settings)
        link = Link(incident=incident, run=run, plan_hash=plan_hash, named="", until=until)
        return f"{self.url}?token={mint(link, self.key.read_again())}"


def links_of(environment: Mapping[str, str]) -> Links | None:
    """None where the deployment has no links."""
    if f"{PREFIX}ANSWER_URL" not in environment:
        return None
    ports = wire(environment)
    key = StoredSecret(ports.aws.client("secretsmanager"), environment[f"{PREFIX}ANSWER_KEY"], ports.clock)
    return Links(url=environment[f"{PREFIX}ANSWER_URL"], ports=ports, key=key)


def invitation(item: Mapping[str, Any], links: Links | None) -> dict[str, str]:
    """Lines for the message about a timeline entry; none where nothing is proposed. Never raises: the call matters more."""
    if item.get("kind") != "proposed":
        return {}
    incident, run = str(item.get("incident")), str(item.get("run"))
    command = {"Answer": f"./first-responder approve {incident} {run} (or decline)"}
    try:
        link = links.to(incident, run) if links else ""
    except Exception:  # whatever it was, the person is called all the same and has the command
        logger.exception("no link for a proposal", extra={"incident": incident, "run": run})
        link = ""
    return {**command, "Or here": link} if link else command
