"""Heaps that do not grow with their task."""

from __future__ import annotations

from typing import Any

import pytest

from functions.readings.fixed_heap import fixed_heaps


@pytest.mark.parametrize(
    ("container", "found"),
    [
        ({"command": ["java", "-Xmx512m", "-jar", "web.jar"]}, ("web: -Xmx512m",)),
        ({"entryPoint": ["sh", "-c", "exec java -Xmx2G -jar web.jar"]}, ("web: -Xmx2G",)),
        ({"environment": [{"name": "JAVA_TOOL_OPTIONS", "value": "-Xms1g -XX:MaxHeapSize=1g"}]}, ("web: -XX:MaxHeapSize=1g",)),
        ({"environment": [{"name": "NODE_OPTIONS", "value": "--max-old-space-size=400"}]}, ("web: --max-old-space-size=400",)),
        ({"command": ["node", "--max_old_space_size", "400", "web.js"]}, ("web: --max_old_space_size 400",)),
        ({"environment": [{"name": "GOMEMLIMIT", "value": "400MiB"}]}, ("web: GOMEMLIMIT",)),
        ({"command": ["java", "-XX:MaxRAMPercentage=75"]}, ()),
        ({"environment": [{"name": "PASSWORD", "value": "hunter2"}]}, ()),
        ({}, ()),
    ],
)  # fmt: skip
def test_only_a_heap_of_a_fixed_size_is_found(container: dict[str, Any], found: tuple[str, ...]) -> None:
    assert fixed_heaps([{"name": "web", **container}]) == found
