"""Heaps of a fixed size, baked into a task definition: they do not grow with the task."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_FLAG = re.compile(r"-Xmx\d+[a-zA-Z]?|-XX:MaxHeapSize=\d+[a-zA-Z]?|--max[-_]old[-_]space[-_]size[= ]\d+")
_VARIABLES = frozenset({"GOMEMLIMIT"})


def fixed_heaps(containers: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Each flag with its container's name. Of commands and variables nothing else is kept: there may be secrets in them."""
    return tuple(f"{each.get('name', '')}: {flag}" for each in containers for flag in _flags(each))


def _flags(container: Mapping[str, Any]) -> Iterator[str]:
    variables = container.get("environment") or ()
    yield from (one["name"] for one in variables if one.get("name") in _VARIABLES)
    said = [*(container.get("entryPoint") or ()), *(container.get("command") or ())]
    texts = [" ".join(said), *(str(one.get("value", "")) for one in variables)]
    yield from (match[0] for text in texts for match in _FLAG.finditer(text))
