"""In which order services come up that need each other; and what has no order."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from functions.readings.service_graph import NoOrder, ServiceGraph


def test_who_needs_nothing_comes_first_and_a_layer_may_come_side_by_side() -> None:
    graph = ServiceGraph({"web": ("api", "login"), "api": ("queue",), "login": (), "queue": (), "worker": ("queue",)})
    assert graph.layers() == (("login", "queue"), ("api", "worker"), ("web",))
    assert graph.order() == ("login", "queue", "api", "worker", "web")


def test_an_empty_graph_has_an_empty_order() -> None:
    assert ServiceGraph({}).order() == ()


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ({"a": ("a",)}, "a needs itself"),
        ({"a": ("b",), "b": ()}, ""),
        ({"a": ("x", "y"), "b": ("a",)}, "a needs x, y, which is not among the services that are known"),
        ({"b": ("a",), "a": ("b",), "c": ("a",)}, "they need each other: a needs b needs a"),
        ({"c": ("a",), "b": ("c",), "a": ("b",)}, "they need each other: a needs b needs c needs a"),
    ],
)
def test_what_has_no_order_says_who_is_at_fault(needs: dict[str, tuple[str, ...]], words: str) -> None:
    graph = ServiceGraph(needs)
    if not words:
        assert graph.order() == ("b", "a")
        return
    with pytest.raises(NoOrder) as error:
        graph.order()
    assert str(error.value) == words


@pytest.mark.parametrize("seed", range(40))
def test_in_any_graph_each_comes_after_all_that_it_needs_whatever_the_order_of_asking(seed: int) -> None:
    dice = Random(seed)
    names = [f"s{n}" for n in range(dice.randint(1, 12))]
    needs = {name: tuple(dice.sample(names[:at], dice.randint(0, min(at, 3)))) for at, name in enumerate(names)}
    order = ServiceGraph(needs).order()
    assert sorted(order) == sorted(names)
    assert all(order.index(need) < order.index(name) for name, wanted in needs.items() for need in wanted)
    shuffled = dice.sample(list(needs.items()), len(needs))
    assert ServiceGraph(dict(shuffled)).order() == order
    layers = ServiceGraph(needs).layers()
    assert all(any(set(needs[name]) & set(below) for name in above) for below, above in pairwise(layers))
