"""The ECB's rates, and XML that is not to be read."""

from datetime import date

import pytest
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.ecb import newest, rates
from scrapy_project.spiders.ecb import EcbSpider

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>{dtd}<gesmes:Envelope '
    'xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates</gesmes:subject>'
    "<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender><Cube>"
)
DAYS = (
    '<Cube time="2025-10-10"><Cube currency="USD" rate="1.1568"/><Cube currency="JPY" rate="176.36"/></Cube>'
    '<Cube time="2025-10-09"><Cube currency="USD" rate="1.1611"/></Cube>'
)
BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/hostname">]>'


def xml(days: str = DAYS, *, dtd: str = "") -> bytes:
    return f"{HEAD.format(dtd=dtd)}{days}</Cube></gesmes:Envelope>".encode()


def test_every_rate_of_every_day_is_read_as_written():
    assert rates(xml()) == [
        {"time": "2025-10-10", "currency": "USD", "rate": "1.1568"},
        {"time": "2025-10-10", "currency": "JPY", "rate": "176.36"},
        {"time": "2025-10-09", "currency": "USD", "rate": "1.1611"},
    ]


def test_the_newest_day_is_found_wherever_it_stands():
    assert newest(list(reversed(rates(xml())))) == date(2025, 10, 10)


@pytest.mark.parametrize("dtd", [BOMB, OUTSIDE, "<!DOCTYPE x>"])
def test_entities_are_refused_before_they_are_declared(dtd):
    with pytest.raises(LayoutError, match="DTD"):
        rates(xml(DAYS.replace("USD", "&c;"), dtd=dtd))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no whole XML"),
        (xml()[:-30], "no whole XML"),
        (b"<html><body>Maintenance</body></html>", "expected a gesmes Envelope"),
        (b"<!DOCTYPE html><html><br></html>", "DTD"),
        (b'{"error": 1}', "no whole XML"),
        (xml(""), "without a rate"),
        (xml('<Cube time="10.10.2025"><Cube currency="USD" rate="1"/></Cube>'), "'10.10.2025'"),
        (xml('<Cube time="2025-10-10"><Cube currency="USD" rate="1,1568"/></Cube>'), "'1,1568'"),
        (xml('<Cube time="2025-10-10"><Cube currency="USD" rate="0.000"/></Cube>'), "'0.000'"),
        (xml('<Cube time="2025-10-10"><Cube currency="USD" rate="N/A"/></Cube>'), "'N/A'"),
        (xml('<Cube time="2025-10-10"><Cube rate="1.1"/></Cube>'), "'1.1' ''"),
        (xml('<Cube><Cube currency="USD" rate="1.1"/></Cube>'), "''"),
    ],
)
def test_what_is_no_table_of_rates_is_refused(content, message):
    with pytest.raises(LayoutError, match=message):
        rates(content)


def test_the_package_is_for_the_newest_day():
    crawl = EcbSpider(Order(source="ecb", today=date(2025, 10, 12)))
    (request,) = crawl.requests()
    crawl.parse(TextResponse(request.url, body=xml()))

    assert request.url == "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml"
    assert crawl.part == "2025-10-10"
    assert crawl.coverage.counts == {"rate": 3}


def test_rates_of_the_future_are_refused():
    crawl = EcbSpider(Order(source="ecb", today=date(2025, 10, 1)))

    with pytest.raises(LayoutError, match="2025-10-10, but today is 2025-10-01"):
        crawl.parse(TextResponse("https://x", body=xml()))
