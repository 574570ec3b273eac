"""Writing what has happened to an incident while others write too."""

from __future__ import annotations

from collections.abc import Callable

from functions.core.errors import Fenced, InvalidEvent
from functions.core.incident.incident import Incident
from functions.core.incident.ports import Incidents
from functions.core.incident.turns import Turn

_TRIES = 5


def change(incidents: Incidents, incident: str, turn: Callable[[Incident], Turn]) -> Turn:
    """Apply a turn to the incident as it is now; the turn as it was written, with the new version.

    Raises InvalidEvent for an incident that is not on record, Fenced where others keep writing.
    """
    for _ in range(_TRIES - 1):
        try:
            return _once(incidents, incident, turn)
        except Fenced:
            continue  # written in this moment: what it is now decides
    return _once(incidents, incident, turn)


def _once(incidents: Incidents, incident: str, turn: Callable[[Incident], Turn]) -> Turn:
    found = incidents.load(incident)
    if found is None:
        raise InvalidEvent("incident", incident, "an incident on record")
    turned = turn(found)
    return Turn(incidents.save(turned), turned.entries)
