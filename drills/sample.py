"""The names of the sample workload. Apart from workload.py, because a drill knows them without loading the CDK."""

from __future__ import annotations

GOOD_IMAGE, BAD_IMAGE = "registry.invalid/web:1.0.0", "registry.invalid/web:1.1.0-crash"
CLUSTER, SERVICE, NEEDED, DATABASE = "shop", "web", "api", "orders"
"""SERVICE needs NEEDED, which needs DATABASE."""
WHOLE = "shop-checkout"
"""The alarm that says whether the whole works end to end."""
ALARMS = ("orders-disk", "web-cpu", "web-memory", WHOLE)
GIB = 1024**3
