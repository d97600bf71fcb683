"""Base of spiders whose source publishes its newest day only, and states the day in the answer."""

from datetime import datetime
from typing import Any

from arb_pipeline.sources.parsing.published import not_of_the_future
from scrapy_project.spiders.base import SourceSpider


class NewestSpider(SourceSpider):
    """A spider whose package is for the newest day that an answer states."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As `SourceSpider`."""
        super().__init__(*args, **kwargs)
        self._newest = ""

    def published(self, at: datetime) -> None:
        """Records the time that an answer states. Raises `LayoutError` for one in the future."""
        day = not_of_the_future(at.date(), source=self.name, today=self.order.today).isoformat()
        self._newest = max(self._newest, day)
        self.part = self.order.part or self._newest
        if self.order.day and day != self.order.day.isoformat():
            self.warnings.append(
                f"{self.order.day} was requested; {self.name} publishes its newest day only, which is {day}"
            )
