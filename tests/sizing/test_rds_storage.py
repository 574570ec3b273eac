from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from functions.sizing.rds_storage import Range, Volume, fit, grown, least, wished


@st.composite
def volumes(draw: st.DrawFn) -> Volume:
    allocated = draw(st.integers(5, 65536))
    return Volume(
        allocated_gib=allocated,
        free_gib=allocated * draw(st.floats(0, 0.99)),
        growth_gib_per_day=draw(st.none() | st.floats(0, 70000)),
        wanted_free_gib=draw(st.floats(0, 70000)),
        copied_from_gib=draw(st.sampled_from([None, 200, 400])),
    )


RANGES = st.lists(
    st.tuples(st.integers(1, 1000), st.integers(1, 65536), st.integers(1, 100)), min_size=1, max_size=3
).map(tuple)


def accepted(size: int, ranges: tuple[Range, ...]) -> bool:
    return any(start <= size <= end and (size - start) % step == 0 for start, end, step in ranges)


@given(volumes(), st.integers(0, 70000), RANGES)
def test_a_volume_grows_by_ten_percent_or_more_within_every_limit_or_not_at_all(
    volume: Volume, at_most: int, ranges: tuple[Range, ...]
) -> None:
    size = grown(volume, at_most, ranges)
    if size is not None:
        assert size * 10 >= volume.allocated_gib * 11
        assert size >= volume.allocated_gib + 10
        assert size <= at_most
        assert accepted(size, ranges)


@given(volumes(), st.integers(0, 70000), RANGES)
def test_a_volume_is_left_alone_only_where_no_accepted_size_fits(
    volume: Volume, at_most: int, ranges: tuple[Range, ...]
) -> None:
    fitting = [
        size
        for start, end, step in ranges
        for size in range(start, min(end, at_most) + 1, step)
        if size >= least(volume.allocated_gib)
    ]
    assert (grown(volume, at_most, ranges) is None) == (not fitting)


@given(volumes())
def test_the_wish_is_never_more_than_twice_the_size_or_the_least_step(volume: Volume) -> None:
    assert wished(volume) <= max(2 * volume.allocated_gib, least(volume.allocated_gib))


@given(volumes(), st.integers(1, 70000))
def test_the_same_volume_always_gets_the_same_size(volume: Volume, at_most: int) -> None:
    assert grown(volume, at_most, ((1, 65536, 1),)) == grown(volume, at_most, ((1, 65536, 1),))


def volume(allocated: int, free: float, growth: float | None = None, **more: object) -> Volume:
    return Volume(allocated_gib=allocated, free_gib=free, growth_gib_per_day=growth, **more)  # type: ignore[arg-type]


def test_a_quarter_is_free_after_another_day_of_growth() -> None:
    assert wished(volume(100, 10, 3)) == 124


def test_ten_percent_of_a_hundred_is_ten_whatever_floats_say() -> None:
    assert least(100) == 110


def test_small_volumes_grow_by_ten_gib_at_least() -> None:
    assert least(20) == 30


def test_the_space_that_calms_the_alarm_is_free_afterwards() -> None:
    assert wished(volume(100, 40, 0, wanted_free_gib=66)) == 126


def test_just_below_the_size_that_copies_the_volume_where_that_is_roomy() -> None:
    assert grown(volume(350, 45, copied_from_gib=400), 65536, ((1, 65536, 1),)) == 399


def test_across_the_size_that_copies_the_volume_where_below_it_is_too_tight() -> None:
    assert grown(volume(350, 10, 20, copied_from_gib=400), 65536, ((1, 65536, 1),)) == 480


def test_the_step_below_the_copying_size_must_leave_what_calms_the_alarm() -> None:
    tight = volume(350, 45, 1, copied_from_gib=400, wanted_free_gib=95)
    assert grown(tight, 65536, ((1, 65536, 1),)) == 408


def test_a_size_is_rounded_up_to_the_step_and_down_only_at_the_limit() -> None:
    assert fit(121, 110, 200, ((100, 400, 25),)) == 125
    assert fit(190, 110, 199, ((100, 400, 25),)) == 175
