"""The function that ends incidents: a place for the lines that say it may be over, and what the follow-through wakes for it."""

from __future__ import annotations

from constructs import Construct

from functions.adapters.alarm_states import AlarmStates
from infra.foundation import Foundation
from infra.place import Place


def resolve(scope: Construct, foundation: Foundation) -> Place:
    """May look at alarms, and read and write incidents."""
    return Place(
        scope,
        "resolve",
        foundation,
        module="resolve",
        does="Looks whether an incident is over, and ends it or says what is missing",
        may=[
            foundation.record.on_incidents("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
            foundation.start_follow_through(),
        ],
        declares=AlarmStates.PERMISSIONS,
    )
