"""The places that are only there where the deployment's settings name them."""

from __future__ import annotations

from constructs import Construct

from functions.adapters.ops_items import OpsItems
from functions.wiring import PREFIX
from infra.foundation import Foundation
from infra.owners_secret import read_secret
from infra.place import Place
from infra.place_settings import JiraSettings, PagerDutySettings, TicketSettings

_STATE = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
"""What was sent, and what the place keeps of an incident."""


def wanted_places(scope: Construct, foundation: Foundation) -> list[Place]:
    settings = foundation.settings
    pagerduty = [_pagerduty(scope, foundation, settings.pagerduty)] if settings.pagerduty else []
    return [*pagerduty, *([_ticket(scope, foundation, settings.ticket)] if settings.ticket else [])]


def _pagerduty(scope: Construct, foundation: Foundation, said: PagerDutySettings) -> Place:
    return Place(
        scope,
        "pagerduty",
        foundation,
        module="announce_pagerduty",
        does="Calls the person on call by PagerDuty for what is urgent enough, until it is answered or over",
        may=[foundation.record.on_incidents(*_STATE), *(read_secret(secret) for secret in said.secrets.values())],
        environment={f"{PREFIX}PAGERDUTY": said.for_functions()},
    )


def _ticket(scope: Construct, foundation: Foundation, said: TicketSettings) -> Place:
    declared = () if isinstance(said, JiraSettings) else OpsItems.PERMISSIONS
    secret = [read_secret(said.secret)] if isinstance(said, JiraSettings) else []
    return Place(
        scope,
        "ticket",
        foundation,
        module="announce_ticket",
        does="Keeps a ticket for each incident and each piece of work that it leaves behind",
        may=[
            foundation.record.on_incidents(*_STATE),
            *secret,
        ],
        declares=declared,
        environment={f"{PREFIX}TICKET": said.for_functions()},
    )
