"""The function that looks around when an incident opens: it may read, keep evidence and write lines, and change nothing."""

from __future__ import annotations

from constructs import Construct

from functions.lifecycle.investigation import PERMISSIONS
from infra.foundation import Foundation
from infra.nag import accept_declared
from infra.permissions import statement
from infra.place import Place


def investigate(scope: Construct, foundation: Foundation) -> Place:
    """Its reads are those that are declared beside its readings; starting and stopping a query of logs is reading too."""
    record = foundation.record
    place = Place(
        scope,
        "investigate",
        foundation,
        module="investigate",
        does="Looks around when an incident opens, keeps the evidence and tells the timeline where it is",
        may=[
            record.on_incidents("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"),
            record.keep_investigations(),
            *(statement(allow, foundation.settings.mode) for allow in PERMISSIONS),
        ],
    )
    accept_declared(place, PERMISSIONS)
    return place
