"""Messages of a distributor's list that could not be fetched."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from scrapy.exceptions import DownloadCancelledError

from arb_pipeline.contracts.crawling import Order
from scrapy_project.spiders.distributor import DistributorSpider


@pytest.mark.parametrize(
    ("fault", "stated"),
    [(DownloadCancelledError(), "DownloadCancelledError"), (OSError("gone away"), "gone away")],
)
def test_a_failure_without_words_is_reported_by_its_name(
    fault: Exception, stated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARB_SOURCE_DISTRIBUTOR_MAPPINGS", str(tmp_path))
    spider = DistributorSpider(Order("distributor", date(2026, 3, 4)))
    request = SimpleNamespace(url="https://a.example/x", cb_kwargs={"mapping": SimpleNamespace(name="alpha")})
    spider.failed(SimpleNamespace(request=request, value=fault, type=type(fault)))
    assert spider.warnings == [f"alpha: https://a.example/x: {stated}"]
