"""The record in DynamoDB. One table; its items are listed in the README."""

from __future__ import annotations

from functions.adapters.dynamodb_journal import Journal
from functions.adapters.dynamodb_leases import Leases
from functions.adapters.dynamodb_permits import Permits


class DynamoDbStore(Leases, Permits, Journal):
    """The core's `Store`."""
