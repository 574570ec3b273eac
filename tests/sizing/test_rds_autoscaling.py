from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from functions.sizing.rds_autoscaling import enough_above, new_maximum


@given(st.integers(20, 65536), st.integers(0, 100000))
def test_a_maximum_is_ten_percent_above_the_volume_and_within_the_limit_or_there_is_none(gib: int, limit: int) -> None:
    found = new_maximum(gib, limit)
    assert (found is None) == (limit * 10 < gib * 11)
    if found is not None:
        assert found <= limit
        assert enough_above(gib, found)


def test_a_maximum_is_26_percent_above_as_aws_advises() -> None:
    assert new_maximum(100, 1000) == 126
