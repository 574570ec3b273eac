"""Rows of the runbook that the local AWS cannot play: the same code, played in process on an account in memory.

The scenes are those that the tests break call by call (tests/scenes.py): moto, or an account held to botocore's models, behind
unmodified boto3 clients. Waits pass at once, by a clock of its own.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.catalogue import load_all
from functions.core.remediation import Remediation
from functions.core.run import Outcome, Run
from tests.cloud import Cloud
from tests.faults import Strike
from tests.scenes import scenes_of

Tell = Callable[[str, str, str], None]
"""Shows one line of the timeline: time, kind, text."""


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """How a row went: a scene for each way that it can end."""

    remediation: str
    scene: str
    outcomes: tuple[Outcome, ...]


def rows() -> dict[str, str]:
    """What can be played, with the first line of each remediation's docstring."""
    return {remediation.name: _does(remediation) for remediation in load_all() if scenes_of(remediation.name)}


def rehearse(remediation: str, tell: Tell) -> list[Rehearsed]:
    """Play each scene of a row to its end. Raises LookupError naming the rows there are."""
    if remediation not in rows():
        raise LookupError(f"no row is called {remediation!r}; there are {', '.join(rows())}")
    logging.disable(logging.WARNING)  # the functions' log would stand between the lines of the story
    try:
        return [_play(remediation, scene, tell) for scene in scenes_of(remediation)]
    finally:
        logging.disable(logging.NOTSET)


def _at(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")


def _does(remediation: Remediation[Any]) -> str:
    """The first line of its file."""
    return (sys.modules[type(remediation).__module__].__doc__ or "").partition("\n")[0]


def _play(remediation: str, scene: str, tell: Tell) -> Rehearsed:
    with scenes_of(remediation)[scene]() as (house, event):
        tell(_at(house.clock.now()), "scene", scene.replace("_", " "))
        cloud = Cloud(house, Strike(house.clock.now))
        cloud.play(event)
        store = house.store
        for entry in store.entries:
            tell(_at(entry.at), entry.kind, entry.text)
        runs: list[Run] = list(store.runs.values())
    return Rehearsed(
        remediation=remediation,
        scene=scene,
        outcomes=tuple(run.outcome for run in runs if run.outcome is not None),
    )
