"""What must never happen, whatever a role's own policy says.

What is left to a remediation at its worst can be repaired: it removes no data, no key, no trace and no rule, its own least
of all. Of IAM's writes it keeps those that contain a principal, and these not where people need the way in.
"""

from __future__ import annotations

from infra.denials.control import CONTROL
from infra.denials.data import DATA
from infra.denials.denial import Denial
from infra.denials.principals import PRINCIPALS
from infra.denials.record import of_record


def denials(table: str, bucket: str) -> list[Denial]:
    """All of them. `table` and `bucket` are the ARNs of the record."""
    return [*DATA, *CONTROL, *PRINCIPALS, *of_record(table, bucket)]
