"""The names of the sample workload. Apart from workload.py, because a drill knows them without loading the CDK."""

from __future__ import annotations

GOOD_IMAGE, BAD_IMAGE = "registry.invalid/web:1.0.0", "registry.invalid/web:1.1.0-crash"
CLUSTER, SERVICE, DATABASE = "shop", "web", "orders"
ALARMS = ("orders-disk", "web-cpu", "web-memory")
GIB = 1024**3
