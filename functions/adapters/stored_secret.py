"""A secret that is kept in Secrets Manager and may be replaced at any time: the key of the signed links, those of the places."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from functions.core.ports import Clock

_REST = timedelta(minutes=1)


class StoredSecret:
    """Read once per process, and again where it may have been replaced. Raises what Secrets Manager raises."""

    def __init__(self, client: Any, secret: str, clock: Clock) -> None:
        self._client, self._secret, self._clock = client, secret, clock
        self._value = b""
        self._read_at: datetime | None = None

    def read(self) -> bytes:
        """As it was last read."""
        return self._value if self._read_at else self.read_again()

    def read_again(self) -> bytes:
        """As it is now; within a minute of the last time, what was read then. So that forged links cost no calls."""
        now = self._clock.now()
        if self._read_at is None or now - self._read_at >= _REST:
            answer = self._client.get_secret_value(SecretId=self._secret)
            self._value, self._read_at = str(answer["SecretString"]).encode(), now
        return self._value
