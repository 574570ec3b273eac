"""Which services need which others, and the order in which they can come up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter


class NoOrder(ValueError):
    """There is no order: services need each other in a circle, need themselves, or need one that is not there."""


@dataclass(frozen=True, slots=True)
class ServiceGraph:
    """`needs` has every service by name, with the names of those that have to be up before it."""

    needs: Mapping[str, tuple[str, ...]]

    def layers(self) -> tuple[tuple[str, ...], ...]:
        """Those that need nothing first; what stands in one layer may come up side by side. The same graph, the same layers.

        Raises NoOrder, naming the services that are at fault.
        """
        self._check_names()
        sorter = TopologicalSorter({name: sorted(needs) for name, needs in sorted(self.needs.items())})
        try:
            sorter.prepare()
        except CycleError as error:
            raise NoOrder(f"they need each other: {_circle(error.args[1])}") from None
        layers = []
        while sorter.is_active():
            layers.append(tuple(sorted(sorter.get_ready())))
            sorter.done(*layers[-1])
        return tuple(layers)

    def order(self) -> tuple[str, ...]:
        """One after the other, by layer and name. Raises NoOrder."""
        return tuple(name for layer in self.layers() for name in layer)

    def _check_names(self) -> None:
        for name, needs in sorted(self.needs.items()):
            if name in needs:
                raise NoOrder(f"{name} needs itself")
            unknown = sorted(set(needs) - set(self.needs))
            if unknown:
                raise NoOrder(f"{name} needs {', '.join(unknown)}, which is not among the services that are known")


def _circle(names: list[str]) -> str:
    """From graphlib's list, in which each comes before who needs it, to who needs whom; from the first by name."""
    ring = names[:0:-1]
    at = ring.index(min(ring))
    return " needs ".join([*ring[at:], *ring[:at], ring[at]])
