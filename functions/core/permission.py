"""IAM permissions, declared beside the code that uses them. The role of a function is the sum of these, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

EVERYTHING = "*"


@dataclass(frozen=True, kw_only=True, slots=True)
class Allow:
    """One IAM action on one kind of resource.

    `on` is an ARN pattern in which {partition}, {region} and {account} are filled in at deployment. `*` needs `because`:
    the sentence of AWS's authorization reference that leaves no narrower scope.
    `tagged` lets IAM itself enforce the owner's word: the resource's first-responder:mode tag has to allow changes.
    `conditions` are further IAM conditions as (operator, key, value).
    """

    action: str
    on: str
    because: str = ""
    tagged: bool = False
    conditions: tuple[tuple[str, str, str], ...] = ()
