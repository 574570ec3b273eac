"""The queues between the timeline and the places where people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.core.incident.news import News, write_news


class SqsOutbox:
    """The core's `Outbox`. FIFO: the lines of one incident come to a place in their order, and a copy only once."""

    def __init__(self, client: Any, queues: Mapping[str, str]) -> None:
        self._client = client
        self._queues = queues

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(self._queues)

    def send(self, place: str, news: News) -> None:
        self._client.send_message(
            QueueUrl=self._queues[place],
            MessageBody=write_news(news),
            MessageGroupId=news.incident,
            MessageDeduplicationId=news.id,
        )


class MemoryOutbox:
    """Keeps what was sent, as (place, news)."""

    def __init__(self, *places: str) -> None:
        self.places = places
        self.sent: list[tuple[str, News]] = []

    def send(self, place: str, news: News) -> None:
        self.sent.append((place, news))
