"""Traffic goes away from a zone for a while, and comes back; whose shift it is, its comment says."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from functions.actions.zonal_shifts import CancelZonalShift, StartZonalShift
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible
from tests.alb_account import BALANCER, AlbAccount, shift

START = StartZonalShift(load_balancer=BALANCER, away_from="euw1-az1", hours=2, comment="first-responder abc")
CANCEL = START.undo()


@pytest.fixture
def account(clock: FakeClock) -> AlbAccount:
    return AlbAccount(clock)


def test_it_starts_and_ends_by_itself_after_its_hours(account: AlbAccount) -> None:
    assert START.progress(account).effect is Effect.ABSENT
    START.do(account)
    assert START.progress(account).effect is Effect.DONE
    ((_, asked),) = account.calls
    assert (asked["awayFrom"], asked["expiresIn"], asked["comment"]) == ("euw1-az1", "2h", "first-responder abc")


def test_it_is_cancelled_by_the_id_that_aws_gave_it(account: AlbAccount) -> None:
    account.shifts.append(shift(account.now(), "theirs", "euw1-az2", "bob's", "EXPIRED"))
    START.do(account)
    assert CANCEL.progress(account).effect is Effect.ABSENT
    CANCEL.do(account)
    assert account.calls[-1] == ("CancelZonalShift", {"zonalShiftId": "shift-2"})
    assert CANCEL.progress(account).effect is Effect.DONE


@pytest.mark.parametrize("status", ["EXPIRED", "CANCELED"])
def test_a_shift_that_is_over_does_not_stand_and_needs_no_ending(account: AlbAccount, status: str) -> None:
    account.shifts.append(shift(account.now(), "shift-0", "euw1-az1", START.comment, status))
    assert START.progress(account).effect is Effect.FAILED
    assert CANCEL.progress(account).effect is Effect.DONE


def test_the_shift_of_somebody_else_is_theirs(account: AlbAccount) -> None:
    account.shifts.append(shift(account.now(), "theirs", "euw1-az2", "bob's"))
    assert START.progress(account).effect is Effect.FAILED
    assert CANCEL.progress(account).effect is Effect.DONE


def test_where_there_is_none_cancelling_is_refused_and_hits_nobody_elses(account: AlbAccount) -> None:
    account.shifts.append(shift(account.now(), "theirs", "euw1-az2", "bob's"))
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        CANCEL.do(account)
    assert account.calls == []


def test_coming_back_has_no_way_back_and_neither_is_in_a_template() -> None:
    assert isinstance(CANCEL, CancelZonalShift) and isinstance(CANCEL.undo(), Irreversible)
    assert (START.properties(), CANCEL.properties()) == ((), ())
    assert str(START) == "take the traffic of app/web/50dc6c495c0c9188 away from euw1-az1 for 2 hours"
