"""Starting another function without waiting for its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class LambdaStart:
    """Lambda keeps the event and tries it again, and hands it to the function's dead-letter queue if need be."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __call__(self, function: str, event: Mapping[str, Any]) -> None:
        """Raises what AWS raises; then nothing was started, or it may have been: the event has to bear being given twice."""
        self._client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode())


class MemoryStart:
    """Notes what it was asked to start."""

    def __init__(self) -> None:
        self.started: list[tuple[str, Mapping[str, Any]]] = []

    def __call__(self, function: str, event: Mapping[str, Any]) -> None:
        self.started.append((function, event))
