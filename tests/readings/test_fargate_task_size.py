"""The sizes that Fargate has, and the next one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.readings.fargate_task_size import CPU, MEMORY, TaskSize, next_size, valid

GIB = 1024
ALL = [
    TaskSize(cpu_units=cpu, memory_mib=memory)
    for cpu in (256, 512, 1024, 2048, 4096, 8192, 16384)
    for memory in range(512, 120 * GIB + 1, 512)
    if valid(TaskSize(cpu_units=cpu, memory_mib=memory))
]


def size(cpu: int, gib: float) -> TaskSize:
    return TaskSize(cpu_units=cpu, memory_mib=int(gib * GIB))


@pytest.mark.parametrize(
    ("one", "holds"),
    [
        (size(256, 0.5), True), (size(256, 2), True), (size(256, 3), False), (size(512, 0.5), False), (size(512, 4), True),
        (size(1024, 2), True), (size(1024, 9), False), (size(2048, 3), False), (size(2048, 16), True), (size(4096, 30), True),
        (size(4096, 31), False), (size(8192, 16), True), (size(8192, 18), False), (size(8192, 60), True),
        (size(16384, 32), True), (size(16384, 36), False), (size(16384, 120), True), (size(0, 0), False), (size(300, 1), False),
    ],
)  # fmt: skip
def test_the_pairs_are_those_of_the_documentation(one: TaskSize, holds: bool) -> None:
    assert valid(one) is holds


@pytest.mark.parametrize(
    ("was", "short_of", "then"),
    [
        (size(256, 0.5), {MEMORY}, size(256, 1)),
        (size(256, 2), {MEMORY}, size(512, 3)),
        (size(256, 0.5), {CPU}, size(512, 1)),
        (size(256, 2), {CPU}, size(512, 2)),
        (size(1024, 2), {CPU}, size(2048, 4)),
        (size(1024, 2), {CPU, MEMORY}, size(2048, 4)),
        (size(512, 2), {CPU, MEMORY}, size(1024, 3)),
        (size(4096, 30), {MEMORY}, size(8192, 32)),
        (size(8192, 16), {MEMORY}, size(8192, 20)),
        (size(16384, 120), {MEMORY}, None),
        (size(16384, 64), {CPU}, None),
    ],
)  # fmt: skip
def test_the_next_size_is_the_smallest_with_more_of_what_is_short(
    was: TaskSize, short_of: set[str], then: TaskSize | None
) -> None:
    assert next_size(was, short_of) == then


@given(was=st.sampled_from(ALL), short_of=st.sets(st.sampled_from([CPU, MEMORY]), min_size=1))
def test_the_next_size_is_valid_and_never_less_of_anything(was: TaskSize, short_of: set[str]) -> None:
    then = next_size(was, short_of)
    if then is None:
        assert was.cpu_units == 16384
        return
    assert valid(then) and then.cpu_units >= was.cpu_units and then.memory_mib >= was.memory_mib
    assert CPU not in short_of or then.cpu_units > was.cpu_units
    assert MEMORY not in short_of or then.memory_mib > was.memory_mib


def test_windows_has_no_small_and_no_very_large_tasks() -> None:
    assert not valid(size(512, 1), windows=True) and valid(size(1024, 2), windows=True)
    assert next_size(size(4096, 30), {CPU}, windows=True) is None


def test_the_largest_tasks_need_a_new_platform_and_a_size_is_told_in_words() -> None:
    assert [size(4096, 8).needs_new_platform, size(8192, 16).needs_new_platform] == [False, True]
    assert str(size(256, 0.5)) == "0.25 vCPU and 0.5 GiB"
