"""What spiders share whose source publishes one day only, its newest, and says in the answer which it is."""

from datetime import datetime
from typing import Any

from arb_pipeline.sources.parsing.published import not_of_the_future
from scrapy_project.spiders.base import SourceSpider


class NewestSpider(SourceSpider):
    """The package is for the newest day that an answer names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As `SourceSpider`."""
        super().__init__(*args, **kwargs)
        self._newest = ""

    def published(self, at: datetime) -> None:
        """An answer's own time. Raises `LayoutError` for one of the future."""
        day = not_of_the_future(at.date(), source=self.name, today=self.order.today).isoformat()
        self._newest = max(self._newest, day)
        self.part = self.order.part or self._newest
        if self.order.day and day != self.order.day.isoformat():
            self.warnings.append(
                f"asked for {self.order.day}; {self.name} publishes its newest day only, which is {day}"
            )
