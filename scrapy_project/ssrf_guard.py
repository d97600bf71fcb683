"""Address guard: a crawl reaches only the source's hosts, at public addresses, at every hop."""

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from scrapy.exceptions import IgnoreRequest
from scrapy.resolver import CachingThreadedResolver

from arb_pipeline.contracts.sources import Source
from arb_pipeline.settings import SourceAccess

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int | None]


class RefusedAddressError(IgnoreRequest):
    """A request to a host that is not the source's, or into a private network."""


def origin_of(url: str) -> Origin:
    """Scheme, host and port. Raises `RefusedAddressError` for a URL that has none."""
    try:
        parts = urlsplit(url)
        port = PORTS.get(parts.scheme) if parts.port is None else parts.port
    except ValueError as error:
        msg = f"{url!r} is no address: {error}"
        raise RefusedAddressError(msg) from error
    return parts.scheme, (parts.hostname or "").lower().rstrip("."), port


class SsrfGuard:
    """The allow-list of one crawl."""

    def __init__(self, hosts: set[str], stand_ins: set[Origin], *, replaced: set[str], base: str) -> None:
        """`stand_ins`: configured origins, which may be private; `replaced`: the hosts that they replace."""
        self._hosts = hosts
        self._stand_ins = stand_ins
        self._replaced = replaced
        self._base = base
        self.refusals: dict[str, RefusedAddressError] = {}
        """Hosts whose address was refused; Twisted only reports them as not found."""

    @classmethod
    def of(cls, source: Source, access: SourceAccess) -> "SsrfGuard":
        """The guard of a source: its base URL's host, its token host, and those its answers may lead to."""
        configured = [url for url in (access.url, access.token_url) if url]
        hosts = {origin_of(url)[1] for url in configured} | set(source.hosts)
        own = {origin_of(source.url)[1]} if source.url else set()
        return cls(
            hosts,
            {origin_of(url) for url in configured} if access.is_stand_in else set(),
            replaced=(own | set(source.hosts)) if access.is_stand_in else set(),
            base=access.url,
        )

    def allow(self, url: str) -> None:
        """Adds the host of a URL that the operator has configured."""
        self._hosts.add(origin_of(url)[1])

    def local(self, url: str) -> str:
        """A URL of a replaced host, at its configured origin; any other URL unchanged."""
        if _matches(origin_of(url)[1], self._replaced) and origin_of(url) not in self._stand_ins:
            parts, base = urlsplit(url), urlsplit(self._base)
            return urlunsplit((base.scheme, base.netloc, base.path + parts.path, parts.query, ""))
        return url

    def check(self, url: str) -> None:
        """Raises `RefusedAddressError` unless this crawl may request the URL."""
        scheme, host, port = origin = origin_of(url)
        if origin in self._stand_ins:
            return
        if scheme != "https":
            self._refuse(url, f"{scheme or 'no scheme'} is not https")
        if not _matches(host, self._hosts):
            self._refuse(url, f"{host} is none of its hosts ({', '.join(sorted(self._hosts))})")
        if port != PORTS["https"]:
            self._refuse(url, f"port {port} is not {PORTS['https']}")
        self.check_address(host, host)

    def check_address(self, host: str, address: str) -> None:
        """Raises `RefusedAddressError` for a private address that is not configured."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return  # a name: the resolver checks its address
        is_public = parsed.is_global and not parsed.is_multicast
        if not is_public and host not in {name for _, name, _ in self._stand_ins}:
            self._refuse(host, f"{address} is not a public address")

    @staticmethod
    def _refuse(url: str, why: str) -> None:
        msg = f"refused to request {url}: {why}"
        raise RefusedAddressError(msg)


def _matches(host: str, allowed: set[str]) -> bool:
    return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in allowed)


class GuardedResolver(CachingThreadedResolver):
    """Resolver that checks addresses: the checked address is the one connected to."""

    guard: SsrfGuard | None = None
    trusted: frozenset[str] = frozenset()
    """Hosts of configured proxies."""

    def getHostByName(self, name: str, timeout: Any = ()) -> "Deferred[str]":  # noqa: N802 - Twisted's name
        """The address of a name; fails for one that the guard refuses."""
        return super().getHostByName(name, timeout).addCallback(self._checked, name)

    def _checked(self, address: str, name: str) -> str:
        if self.guard is not None and name not in self.trusted:
            try:
                self.guard.check_address(name, address)
            except RefusedAddressError as error:
                self.guard.refusals[name] = error
                raise
        return address
