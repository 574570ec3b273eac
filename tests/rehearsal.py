"""Each scene with nothing going wrong, played once for all who want to know what happens in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tests.cloud import Cloud
from tests.faults import Point, Strike
from tests.house import House
from tests.remembered import Stage
from tests.scenes import scenes_of


@dataclass(frozen=True)
class Rehearsal:
    """The house after the last call, and all calls."""

    house: House
    points: tuple[Point, ...]


@cache
def stage_of(remediation: str, scene: str) -> Stage:
    return Stage(scenes_of(remediation)[scene])


@cache
def rehearsal(remediation: str, scene: str) -> Rehearsal:
    with stage_of(remediation, scene) as stage:
        house = stage.new_house()
        strike = Strike(house.clock.now)
        cloud = Cloud(house, strike)
        cloud.play(stage.event)
    return Rehearsal(cloud.sound, tuple(strike.points))
