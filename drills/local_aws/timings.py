"""How long the simulated parts of AWS take, in seconds, all in one place.

Nothing here is AWS's own pace: a snapshot takes minutes to hours there and 1.5 seconds here. `--time-scale` multiplies every
duration; alarm periods are divided by `ALARM_SECONDS_PER_SECOND` instead, so that a one-minute alarm sees a new period every second.
"""

from dataclasses import asdict, dataclass, fields, replace

ALARM_SECONDS_PER_SECOND = 60.0
"""Seconds of an alarm's period that pass in one real second."""


@dataclass(frozen=True)
class Timings:
    """Durations in seconds; the defaults suit a drill of about a minute."""

    alarm_tick: float = 0.5
    alarm_recent: float = 120.0
    alarm_stale: float = 30.0
    alarm_grace: float = 2.0
    alarm_held: float = 5.0
    async_retry: float = 1.0
    line_retry: float = 2.0
    rds_create: float = 2.0
    rds_modify: float = 1.0
    rds_optimize: float = 3.0
    snapshot: float = 1.5
    ecs_tick: float = 0.1
    task_start: float = 0.5
    task_start_slow: float = 20.0
    task_crash: float = 0.3
    task_backoff: float = 0.5
    deployment_steady: float = 1.0
    rollback_request: float = 0.2
    stack_patience: float = 30.0

    def scaled(self, factor: float) -> "Timings":
        """Every duration times `factor`; how far alarms look back stays, because metric data is put in real time."""
        fixed = {"alarm_tick", "alarm_recent", "alarm_stale", "alarm_grace", "alarm_held", "ecs_tick"}
        return replace(self, **{f.name: getattr(self, f.name) * factor for f in fields(self) if f.name not in fixed})

    def summary(self) -> str:
        """One line for the start-up banner."""
        return " ".join(f"{name}={seconds:g}s" for name, seconds in asdict(self).items())


current = Timings()


def use(timings: Timings) -> None:
    """Make `timings` the ones that every simulation reads from now on."""
    global current
    current = timings
