"""Addresses that a crawl may reach: its source's own hosts over https, at public addresses."""

from typing import Any

import pytest
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import succeed

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.settings import SourceAccess
from scrapy_project.ssrf_guard import GuardedResolver, RefusedAddressError, SsrfGuard, origin_of

STAND_IN = "http://127.0.0.1:8700"
RESOLVER = GuardedResolver


def guard(source: str = "tcgcsv", url: str = "", token_url: str = "") -> SsrfGuard:
    """The guard of a source at its own address, or with a stand-in."""
    known = SOURCES[source]
    own = token_url or (url or known.token_url or known.url)
    return SsrfGuard.of(known, SourceAccess(source, url or known.url, bool(url), own))


def allows(url: str, of: SsrfGuard | None = None) -> bool:
    try:
        (of or guard()).check(url)
    except RefusedAddressError:
        return False
    return True


@pytest.mark.parametrize(
    "url",
    [
        "https://tcgcsv.com/last-updated.txt",
        "https://tcgcsv.com:443/x",
        "https://TCGCSV.com/x",
        "https://tcgcsv.com./x",  # the same name, written in full
    ],
)
def test_the_source_s_own_host_may_be_requested(url: str) -> None:
    assert allows(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://tcgcsv.com/x",
        "ftp://tcgcsv.com/x",
        "file:///etc/passwd",
        "//tcgcsv.com/x",
        "tcgcsv.com/x",
        "https:///x",
        "https://",
        "",
    ],
)
def test_only_https_with_a_host_may_be_requested(url: str) -> None:
    assert not allows(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://tcgcsv.com@evil.org/x",
        "https://tcgcsv.com:443@evil.org/x",
        "https://evil.org#tcgcsv.com",
        "https://evil.org?tcgcsv.com",
        "https://evil.org\\@tcgcsv.com.evil.org/x",
        "https://tcgcsv.com.evil.org/x",
        "https://eviltcgcsv.com/x",
        "https://www.tcgcsv.com/x",
        "https://tcgcsv.com..evil.org/x",
        "https://tcgcsv%2ecom/x",
        "https://tcgcsv。com/x",
    ],
)
def test_a_host_that_only_looks_like_it_is_refused(url: str) -> None:
    assert not allows(url)


@pytest.mark.parametrize("port", [0, 80, 8443, 8700])
def test_another_port_of_the_host_is_refused(port: int) -> None:
    assert not allows(f"https://tcgcsv.com:{port}/x")


@pytest.mark.parametrize("url", ["https://tcgcsv.com:99999/", "https://tcgcsv.com:x/", "https://[::1/"])
def test_what_is_no_address_is_refused_and_not_a_crash(url: str) -> None:
    with pytest.raises(RefusedAddressError):
        guard().check(url)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.2", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("[::1]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]"),
        *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "metadata.google.internal"),
    ],
)
def test_an_address_written_in_any_way_is_none_of_the_hosts(host: str) -> None:
    assert not allows(f"https://{host}/x")


def test_a_subdomain_may_be_requested_where_the_source_allows_any() -> None:
    scryfall = guard("scryfall")
    assert allows("https://data.scryfall.io/default-cards/x.json", scryfall)
    assert allows("https://a.b.scryfall.io/x", scryfall)
    assert allows("https://api.scryfall.com/bulk-data", scryfall)
    for refused in ("scryfall.io", "evilscryfall.io", "scryfall.io.evil.org", "data.scryfall.com"):
        assert not allows(f"https://{refused}/x", scryfall), refused


def test_tokens_may_be_requested_where_the_source_gives_them() -> None:
    assert allows("https://api.amazon.com/auth/o2/token", guard("amazon"))
    assert not allows("https://api.amazon.com/auth/o2/token", guard("ebay"))


def test_a_configured_url_may_be_requested_and_only_its_host() -> None:
    distributor = guard("distributor")
    distributor.allow("https://lists.example.com/alpha.csv")
    assert allows("https://lists.example.com/other.csv", distributor)
    assert not allows("http://lists.example.com/alpha.csv", distributor)
    assert not allows("https://example.com/alpha.csv", distributor)


def test_a_base_url_override_may_be_requested_at_its_exact_origin_only() -> None:
    of = guard(url=STAND_IN)
    assert allows(f"{STAND_IN}/last-updated.txt", of)
    for refused in (
        "http://127.0.0.1:8701/x",
        "https://127.0.0.1:8700/x",
        "http://127.0.0.2:8700/x",
        "http://localhost:8700/x",
        "http://127.0.0.1/x",
        "http://user@127.0.0.1:8701/x",
    ):
        assert not allows(refused, of), refused


def test_a_source_s_own_url_is_no_stand_in_that_could_be_private() -> None:
    own = SsrfGuard.of(
        SOURCES["tcgcsv"], SourceAccess("tcgcsv", "https://tcgcsv.com", False, "https://tcgcsv.com")
    )
    with pytest.raises(RefusedAddressError):
        own.check_address("tcgcsv.com", "127.0.0.1")


def test_a_refusal_names_the_url_and_what_is_allowed() -> None:
    with pytest.raises(
        RefusedAddressError, match=r"https://evil\.org/x: evil\.org is none .*\(tcgcsv\.com\)"
    ):
        guard().check("https://evil.org/x")


def test_links_to_the_hosts_that_a_stand_in_replaces_lead_to_the_stand_in() -> None:
    of = guard("scryfall", url=f"{STAND_IN}/base")
    assert of.local("https://data.scryfall.io/cards/x.json?a=1#b") == f"{STAND_IN}/base/cards/x.json?a=1"
    assert of.local("https://api.scryfall.com/bulk-data") == f"{STAND_IN}/base/bulk-data"
    assert of.local(f"{STAND_IN}/base/x") == f"{STAND_IN}/base/x"
    assert of.local("https://evil.org/x") == "https://evil.org/x"


def test_without_a_stand_in_links_stay_as_they_are() -> None:
    assert guard("scryfall").local("https://data.scryfall.io/x") == "https://data.scryfall.io/x"


def test_an_origin_has_a_port_though_the_url_has_none() -> None:
    assert origin_of("https://TCGcsv.com./x") == ("https", "tcgcsv.com", 443)
    assert origin_of("http://tcgcsv.com") == ("http", "tcgcsv.com", 80)
    assert origin_of("gopher://tcgcsv.com") == ("gopher", "tcgcsv.com", None)


# What a name stands for


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Resolves a name that stands for an address, under a guard."""

    def resolved(name: str, address: str, of: SsrfGuard | None, trusted: frozenset[str] = frozenset()) -> Any:
        monkeypatch.setattr(
            CachingThreadedResolver, "getHostByName", lambda _self, _name, _timeout: succeed(address)
        )
        monkeypatch.setattr(RESOLVER, "guard", of)
        monkeypatch.setattr(RESOLVER, "trusted", trusted)
        result: list[Any] = []
        resolver = RESOLVER.__new__(RESOLVER)
        resolver.getHostByName(name).addBoth(result.append)
        return result[0]

    return resolved


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1"],
)
def test_a_name_that_stands_for_a_private_address_is_refused(resolve: Any, address: str) -> None:
    of = guard()
    failure = resolve("tcgcsv.com", address, of)
    assert failure.type is RefusedAddressError
    assert (
        str(of.refusals["tcgcsv.com"]) == f"refused to request tcgcsv.com: {address} is not a public address"
    )


def test_a_name_that_stands_for_a_public_address_resolves(resolve: Any) -> None:
    assert resolve("tcgcsv.com", "104.21.5.1", guard()) == "104.21.5.1"


def test_a_stand_in_may_be_private_since_the_operator_named_it(resolve: Any) -> None:
    of = guard(url="http://replay.internal:8700")
    assert resolve("replay.internal", "10.0.0.7", of) == "10.0.0.7"
    assert resolve("tcgcsv.com", "10.0.0.7", of).type is RefusedAddressError


def test_a_proxy_of_the_settings_may_be_private(resolve: Any) -> None:
    assert resolve("proxy.internal", "10.0.0.8", guard(), frozenset({"proxy.internal"})) == "10.0.0.8"


def test_a_multicast_address_is_refused(resolve: Any) -> None:
    assert resolve("tcgcsv.com", "224.0.0.1", guard()).type is RefusedAddressError
