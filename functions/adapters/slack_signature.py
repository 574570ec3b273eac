"""Whether a request comes from Slack: docs.slack.dev/authentication/verifying-requests-from-slack."""

from __future__ import annotations

from slack_sdk.signature import Clock as SlackClock
from slack_sdk.signature import SignatureVerifier

from functions.adapters.slack_secret import SlackSecret
from functions.core.ports import Clock


class SlackSignature:
    """Signed with the app's own secret, and no older than five minutes. Compared in constant time."""

    def __init__(self, secret: SlackSecret, clock: Clock) -> None:
        self._secret, self._clock = secret, _Seconds(clock)

    def __call__(self, body: bytes, timestamp: str, signature: str) -> bool:
        """By the secret as it was last read, or as it is now. Raises what reading the secret raises, and nothing for a request."""
        known = self._secret.read().signing_secret
        if self._genuine(known, body, timestamp, signature):
            return True
        now = self._secret.read_again().signing_secret
        return now != known and self._genuine(now, body, timestamp, signature)

    def _genuine(self, secret: str, body: bytes, timestamp: str, signature: str) -> bool:
        try:
            return SignatureVerifier(secret, self._clock).is_valid(body, timestamp, signature)
        except (ValueError, TypeError, OverflowError):
            return False  # no number, no text, no ASCII: what a stranger sends


class _Seconds(SlackClock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()
