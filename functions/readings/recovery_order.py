"""In which order declared services come up, by what their owners say that they need. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from functions.core.decision import Decline
from functions.core.policy import SERVICE_TAG
from functions.readings.recoverable_services import Recoverable
from functions.readings.service_graph import NoOrder, ServiceGraph


def in_order(services: Iterable[Recoverable]) -> tuple[Recoverable, ...] | Decline:
    """Each after all that it needs. A need is the name of one ECS service, else the owner's name for one or several."""
    by_name = {one.name: one for one in services}
    needs = {name: tuple(_resolved(need, name, by_name) for need in one.parts.needs) for name, one in by_name.items()}
    try:
        order = ServiceGraph(
            {name: tuple(one for some in each for one in some) for name, each in needs.items()}
        ).order()
    except NoOrder as error:
        return Decline(
            code="no_order",
            seen=f"there is no order in which the services could come up: {error}",
            advice="Correct the tags first-responder:needs and first-responder:service of the services of the cluster",
        )
    return tuple(by_name[name] for name in order)


def _resolved(need: str, by: str, known: dict[str, Recoverable]) -> tuple[str, ...]:
    """The services that are meant; the word itself where it is none of them, so that the graph finds it unknown."""
    if need in known:
        return (need,)
    mine = tuple(name for name, one in known.items() if one.service.tags.get(SERVICE_TAG) == need and name != by)
    return mine or (need,)
