"""When the class of a DB instance is not changed."""

from __future__ import annotations

from functions.core.decision import Decline
from functions.readings.rds import DbInstance


def not_changeable_now(db: DbInstance) -> Decline | None:
    """A decline where RDS refuses a change of this instance, or makes more of it than was asked for."""
    if db.status != "available":
        advice = "Wait until it is available, then look again"
        return Decline(code="instance_not_available", seen=f"{db.name} is {db.status}", advice=advice)
    if db.pending:
        seen = f"{db.name} has pending modifications ({', '.join(db.pending)}) that a change at once would apply too"
        return Decline(
            code="pending_modifications", seen=seen, advice="Apply or cancel them in a maintenance window first"
        )
    return None


def no_class(db: DbInstance, instance_class: str, larger: str, processor: str) -> Decline | None:
    """A decline where there is no class to change to. `processor` is what the owner has set of it, empty for the class's own.

    Only Oracle and SQL Server have such settings: licences are counted by them (RDS User Guide, "Configuring the processor").
    """
    if processor and db.engine.startswith(("oracle", "sqlserver")):
        return Decline(
            code="processor_features",
            seen=f"{db.name} has processor features of its own ({processor}), which another class may not take",
            advice="Choose class and processor features together, by hand; mind the licences",
        )
    if larger:
        return None
    seen = f"RDS offers nothing larger than {instance_class} in its family where {db.name} is"
    advice = "Look at queries, caching and replicas; another family or architecture is a person's choice"
    return Decline(code="no_larger_class", seen=seen, advice=advice)
