"""The fake beside PagerDutyEvents."""

from __future__ import annotations

from functions.core.incident.pager import Page, Step


class MemoryPager:
    """The core's `Pager`. `open` are the incidents somebody is called for; `calls` counts who was woken up. The next
    sends raise in turn what `fails` holds, and are not heard; or what `lost` holds, and are."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.open: set[str] = set()
        self.calls = 0
        self.fails: list[Exception] = []
        self.lost: list[Exception] = []

    def send(self, page: Page) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.pages.append(page)
        if page.step is Step.TRIGGER:
            self.calls += page.incident not in self.open
            self.open.add(page.incident)
        elif page.step is Step.RESOLVE:
            self.open.discard(page.incident)
        if self.lost:
            raise self.lost.pop(0)
