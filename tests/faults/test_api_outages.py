"""`arb serve` under load while PostgreSQL or Redis is killed and started again: what clients see, and what is kept.

Each client repeats a write with its Idempotency-Key until it is answered 201, as docs/api.md tells programs to.
"""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx2
import pytest
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1] / "api"))

from seeds import BOX, OPEN_BOX, seed
from valkey_server import Valkey

from arb_pipeline.access.api_keys import create_api_key
from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.api.database import POOL_SECONDS
from arb_pipeline.settings import Settings
from arb_pipeline.storage.ports import free_port
from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres
from arb_pipeline.storage.postgres.embedded_programs import run
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.migrate import migrate

pytestmark = pytest.mark.faults

ARB = Path(sys.executable).with_name("arb")
READS = (
    "/api/v1/products?limit=5",
    f"/api/v1/opportunities/{OPEN_BOX}",
    f"/api/v1/products/{BOX}/price-history",
    "/api/v1/opportunities/stats/summary",
)
READERS, WRITERS = 4, 2
CALM, AWAY = 2.0, 6.0
"""Seconds of load before and after, and of the outage: longer than a request waits for a connection."""
SOON = 10.0
"""Seconds within which all is as before."""


@dataclass
class Site:
    """A served API, its database and its Redis."""

    url: str
    key: str
    settings: Settings
    postgres: EmbeddedPostgres
    valkey: Valkey

    def kill_postgres(self) -> None:
        data = self.postgres.status().data_directory
        assert data is not None
        done = run(data.parent, "pg_ctl", "stop", "-D", str(data), "-m", "immediate", "-w")
        assert done.returncode == 0, done.stdout

    def metric(self, name: str) -> float:
        text = httpx2.get(f"{self.url}/metrics", timeout=5).text
        return float(next(line for line in text.splitlines() if line.startswith(f"{name} ")).split()[1])


@pytest.fixture(scope="module")
def site(place: Path) -> Iterator[Site]:
    postgres, valkey = EmbeddedPostgres(place), Valkey(place)
    valkey.start()
    settings = Settings(home=place, database_url=postgres.start(), ui_port=1)
    with connected(settings) as engine:
        migrate(engine)
        with engine.begin() as connection:
            seed(connection)
            key = create_api_key(connection, COMMAND_LINE, "load", "admin", rate_per_minute=1_000_000)[1]
    port = free_port()
    given = {
        "ARB_HOME": str(place),
        "ARB_DATABASE_URL": settings.database_url.get_secret_value(),
        "ARB_REDIS_URL": f"redis://127.0.0.1:{valkey.port}/0",
    }
    with (place / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [ARB, "serve", "--port", str(port), "--no-link"], env=os.environ | given, stdout=log, stderr=log
        )
        try:
            result = Site(f"http://127.0.0.1:{port}", key, settings, postgres, valkey)
            _until(lambda: httpx2.get(f"{result.url}/readyz", timeout=2).status_code == 200, 120)
            yield result
        finally:
            process.terminate()
            process.wait(60)
            valkey.kill()
            postgres.stop()


def _until(is_so, seconds: float) -> float:
    """Seconds until it is so; fails where it never is."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if is_so():
                return time.monotonic() - began
        except httpx2.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not so within {seconds} s")


@dataclass
class Load:
    """Clients that read and write until they are stopped."""

    site: Site
    name: str
    statuses: Counter[int] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Name of a product -> its id, as answered."""
    last_failure: float = 0.0
    slowest: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        works = [self._read] * READERS + [self._write] * WRITERS
        self._threads = [threading.Thread(target=work, args=(n,)) for n, work in enumerate(works)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _ask(self, client: httpx2.Client, method: str, path: str, **options: object) -> httpx2.Response:
        began = time.monotonic()
        answer = client.request(method, path, **options)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 400:
            self.last_failure = time.monotonic()
            kind = answer.headers["content-type"]
            if answer.status_code != 503 or kind != "application/problem+json":
                self.bad.append(f"{method} {path}: {answer.status_code} {kind} {answer.text[:300]}")
        return answer

    def _client(self) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {self.site.key}"}
        return httpx2.Client(base_url=self.site.url, headers=headers, timeout=30, trust_env=False)

    def _read(self, _number: int) -> None:
        with self._client() as client:
            while not self._stop.is_set():
                for path in READS:
                    self._ask(client, "GET", path)

    def _write(self, number: int) -> None:
        with self._client() as client:
            count = 0
            while not self._stop.is_set():
                count += 1
                name = f"{self.name} {number} {count}"
                body = {"name": name, "product_type": "sealed", "category": "mtg"}
                headers = {"Idempotency-Key": name}
                for _ in range(1_000):
                    answer = self._ask(client, "POST", "/api/v1/products", json=body, headers=headers)
                    if answer.status_code == 201:
                        self.acknowledged[name] = answer.json()["id"]
                        break
                    time.sleep(0.05)

    def stored(self) -> dict[str, list[str]]:
        """Name -> ids of the products that are there."""
        result: dict[str, list[str]] = {}
        query = sa.text("SELECT name, id::text FROM products WHERE name LIKE :name")
        with connected(self.site.settings) as engine, engine.connect() as connection:
            for name, id_ in connection.execute(query, {"name": f"{self.name} %"}):
                result.setdefault(name, []).append(id_)
        return result

    def figures(self, recovered: float) -> str:
        lost = len(self.acknowledged.keys() - self.stored().keys())
        return (
            f"{self.name}: answers {dict(sorted(self.statuses.items()))}, slowest {self.slowest:.2f} s, "
            f"as before {recovered:.2f} s after the start, writes {len(self.acknowledged)}, lost {lost}"
        )


def _check(load: Load, recovered: float, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{load.figures(recovered)}\n")
    assert load.bad == []
    assert load.stored() == {name: [id_] for name, id_ in load.acknowledged.items()}
    assert len(load.acknowledged) > 2 * WRITERS
    assert recovered < SOON


def test_postgres_killed_and_started_again(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with Load(site, "postgres") as load:
        time.sleep(CALM)
        assert load.statuses[503] == 0
        site.kill_postgres()
        time.sleep(AWAY)
        refused = load.statuses[503]
        site.postgres.start()
        started = time.monotonic()
        time.sleep(2 * CALM)
        recovered = max(load.last_failure - started, 0.0)

    _check(load, recovered, capsys)
    assert refused > 0
    assert load.slowest < 2 * POOL_SECONDS  # a request waits once, not for each of its queries
    assert load.last_failure < started + SOON
    assert site.metric("arb_api_pool_waiting") == 0
    assert httpx2.get(f"{site.url}/readyz").json() == {"database": "ok", "redis": "ok"}


def test_redis_killed_and_started_again(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with Load(site, "redis") as load:
        time.sleep(CALM)
        site.valkey.kill()
        time.sleep(AWAY)
        assert site.metric("arb_api_redis_up") == 0
        site.valkey.start()
        recovered = _until(lambda: site.metric("arb_api_redis_up") == 1, 30)
        time.sleep(CALM)

    _check(load, recovered, capsys)
    assert set(load.statuses) == {200, 201}
