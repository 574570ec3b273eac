"""The metrics that a real workload would have, computed every second from the state of the simulated one."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from drills.sample import CLUSTER, DATABASE, GIB, NEEDED, SERVICE
from drills.stage import Stage


@dataclass
class Load:
    """What the drill turns: GiB written to the database, and percent of one task's CPU that all requests together need."""

    written_gib: float = 60.0
    cpu_of_one_task: float = 80.0


class Weather(threading.Thread):
    """Publishes the metrics until it is stopped."""

    def __init__(self, stage: Stage, load: Load) -> None:
        super().__init__(daemon=True)
        self.load = load
        self._cloudwatch, self._rds, self._ecs = (stage.client(name) for name in ("cloudwatch", "rds", "ecs"))
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(1.0):
            self._publish()

    def stop(self) -> None:
        self._stopped.set()
        self.join(timeout=5)

    def _publish(self) -> None:
        database = self._rds.describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]
        said = self._ecs.describe_services(cluster=CLUSTER, services=[SERVICE, NEEDED])["services"]
        running = {one["serviceName"]: one["runningCount"] for one in said}
        free_gib = max(0.0, database["AllocatedStorage"] - self.load.written_gib)
        cpu = min(100.0, self.load.cpu_of_one_task / max(1, running[SERVICE]))
        self._put("AWS/RDS", "FreeStorageSpace", free_gib * GIB, {"DBInstanceIdentifier": DATABASE})
        of_service = {"ClusterName": CLUSTER, "ServiceName": SERVICE}
        self._put("AWS/ECS", "CPUUtilization", cpu, of_service)
        self._put("AWS/ECS", "MemoryUtilization", 40.0, of_service)
        self._put("Shop", "CheckoutsThatWork", float(all(running.values())), {"Service": SERVICE})

    def _put(self, namespace: str, name: str, value: float, dimensions: dict[str, str]) -> None:
        datum: dict[str, Any] = {
            "MetricName": name,
            "Timestamp": datetime.now(UTC),
            "Value": value,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        }
        self._cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])
