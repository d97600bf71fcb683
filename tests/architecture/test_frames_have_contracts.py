"""Every frame of an asset has a contract, and the contract is a blocking check of the asset."""

import dagster as dg
import pytest

from arb_pipeline.contracts.base import Contract
from arb_pipeline.defs.shared.contracts import CHECK, contracted_asset

NO_FRAME = {"scrapy", "file", "postgres", "dbt", "html"}
"""Kinds of packages, tables and pages: the rest hands on a frame."""
HELD_OTHERWISE = {"balance"}
"""Counts of a load: the check `balance` and the table of loads hold that they add up."""


def frames(graph):
    nodes = (graph.get(key) for key in graph.get_all_asset_keys())
    return {n.key for n in nodes if not n.kinds & NO_FRAME and n.key.path[-1] not in HELD_OTHERWISE}


def unchecked(graph):
    """Frames without the check, or with one that would let what is broken through."""
    checks = {key.asset_key: graph.get_check_spec(key) for key in graph.asset_check_keys if key.name == CHECK}
    return sorted(
        key.to_user_string() for key in frames(graph) if key not in checks or not checks[key].blocking
    )


def contracts():
    return {
        contract.__name__
        for contract in Contract.__subclasses__()
        if contract.__module__.startswith("arb_pipeline")
    }


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def test_every_frame_is_checked_against_its_contract(graph):
    assert unchecked(graph) == []


def test_every_stage_that_makes_frames_has_some(graph):
    assert {key.path[0] for key in frames(graph)} == {"catalog", "contents", "prices", "valuation"}


def test_a_check_names_its_contract_and_every_contract_has_one(graph):
    specs = [graph.get_check_spec(key) for key in graph.asset_check_keys if key.name == CHECK]
    assert {spec.description.partition(":")[0] for spec in specs} == contracts()


class Sample(Contract):
    """One row per sample."""

    sample: str


def test_a_frame_without_the_check_or_with_one_that_only_warns_is_noticed():
    def made(name, kind, *checks):
        key = dg.AssetKey(["prices", name])
        return dg.asset(key=key, kinds={kind}, check_specs=[dg.AssetCheckSpec(c, asset=key) for c in checks])

    @made("new", "polars", "other")
    def new(): ...

    @made("warned", "duckdb", CHECK)
    def warned(): ...

    @made("table", "postgres")
    def table(): ...

    @contracted_asset(Sample, key=dg.AssetKey(["prices", "held"]), kinds={"polars"})
    def held(): ...

    graph = dg.Definitions(assets=[new, warned, table, held]).resolve_asset_graph()
    assert unchecked(graph) == ["prices/new", "prices/warned"]
