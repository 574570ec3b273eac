"""Taking a load balancer's traffic away from one Availability Zone for a while, and letting it come back."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.zonal_shifts import ACTIVE, LIST_ZONAL_SHIFTS, ZonalShift, read_zonal_shifts

_ALB = "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/*"
_NO_SHIFT = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, kw_only=True)
class _Shift(Action, ABC):
    """A shift is known by its comment, which has the alarm's transition in it: AWS gives its id only when it is started."""

    patience: ClassVar[timedelta] = timedelta(minutes=10)

    load_balancer: str
    away_from: str
    hours: int
    comment: str

    def properties(self) -> tuple[PropertyChange, ...]:
        """No template declares a shift."""
        return ()

    def _ours(self, shifts: tuple[ZonalShift, ...]) -> ZonalShift | None:
        return next((one for one in shifts if one.comment == self.comment), None)

    @property
    def _name(self) -> str:
        return self.load_balancer.partition(":loadbalancer/")[2]


@dataclass(frozen=True, kw_only=True)
class StartZonalShift(_Shift):
    """Take traffic away from a zone, by its id. It comes back by itself when the time is over: AWS sees to that, not we."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="arc-zonal-shift:StartZonalShift", on=_ALB, tagged=True),
        LIST_ZONAL_SHIFTS,
    )

    def do(self, aws: Aws) -> None:
        aws.client("arc-zonal-shift").start_zonal_shift(
            resourceIdentifier=self.load_balancer,
            awayFrom=self.away_from,
            expiresIn=f"{self.hours}h",
            comment=self.comment,
        )

    def progress(self, aws: Aws) -> Progress:
        """Another shift that is active is somebody else's, and AWS allows one at a time."""
        shifts = read_zonal_shifts(aws, self.load_balancer)
        ours = self._ours(shifts)
        if ours is not None:
            return Progress(Effect.DONE if ours.status == ACTIVE else Effect.FAILED, f"the shift is {ours.status}")
        other = next((one for one in shifts if one.status == ACTIVE), None)
        if other is not None:
            return Progress(Effect.FAILED, f"somebody else has shifted traffic away from {other.away_from}")
        return Progress(Effect.ABSENT, f"no traffic of {self._name} is shifted")

    def undo(self) -> Action:
        return CancelZonalShift(
            load_balancer=self.load_balancer, away_from=self.away_from, hours=self.hours, comment=self.comment
        )

    def __str__(self) -> str:
        return f"take the traffic of {self._name} away from {self.away_from} for {self.hours} hours"


@dataclass(frozen=True, kw_only=True)
class CancelZonalShift(_Shift):
    """End our shift before its time. One that is over already needs no ending."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="arc-zonal-shift:CancelZonalShift", on=_ALB, tagged=True),
        LIST_ZONAL_SHIFTS,
    )

    def do(self, aws: Aws) -> None:
        """Where there is no shift of ours, the id is one that no shift has: AWS refuses it, and nothing is changed."""
        ours = self._ours(read_zonal_shifts(aws, self.load_balancer))
        aws.client("arc-zonal-shift").cancel_zonal_shift(zonalShiftId=ours.id if ours else _NO_SHIFT)

    def progress(self, aws: Aws) -> Progress:
        ours = self._ours(read_zonal_shifts(aws, self.load_balancer))
        active = ours is not None and ours.status == ACTIVE
        return Progress(
            Effect.ABSENT if active else Effect.DONE, f"the shift is {ours.status if ours else 'not there'}"
        )

    def undo(self) -> Irreversible:
        return Irreversible("traffic that has come back is taken away again only by a new decision")

    def __str__(self) -> str:
        return f"let the traffic of {self._name} come back to {self.away_from}"
