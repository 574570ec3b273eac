"""The names of the sample workload. Apart from workload.py, because a drill knows them without loading the CDK."""

from __future__ import annotations

GOOD_IMAGE, BAD_IMAGE = "registry.invalid/web:1.0.0", "registry.invalid/web:1.1.0-crash"
CLUSTER, SERVICE, NEEDED, DATABASE = "shop", "web", "api", "orders"
"""SERVICE needs NEEDED, which needs DATABASE."""
WHOLE = "shop-checkout"
"""The alarm that says whether the whole works end to end."""
INTRUDED, SPARED = "shop-deployer", "shop-reporter"
"""IAM users: the key of the first is in strange hands, of the second a sample finding says so."""
ALARMS = ("orders-disk", "web-cpu", "web-memory", WHOLE)
GIB = 1024**3
