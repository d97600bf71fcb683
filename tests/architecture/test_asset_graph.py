"""The asset graph: data flows one way, and every asset has a description."""

import hashlib

import dagster as dg
import pytest
from dagster import AssetKey

from arb_pipeline.mart import dbt
from arb_pipeline.storage.stage_records import code_version

STAGES = ("landing", "catalog", "contents", "prices", "valuation", "opportunities", "mart")
REFERENCE = ("catalog", "contents")
FEWEST_WORDS = 5


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def is_table(node):
    return "postgres" in node.kinds


def rank(node):
    """Position of an asset in the order of data.

    landing, catalogue frames, contents frames, the tables of both, prices, valuation, opportunities.
    Key and group say `catalog` of the `products` table too, yet it comes after the contents frames: it
    also lists cards that only contents name.
    """
    stage = node.key.path[0]
    if stage in REFERENCE and is_table(node):
        return STAGES.index("contents") + 0.5
    return STAGES.index(stage)


def edges(graph):
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]
    return [(graph.get(parent), node) for node in nodes for parent in node.parent_keys]


def said(parent, child):
    return f"{child.key.to_user_string()} reads {parent.key.to_user_string()}"


def backward(graph):
    """Edges from a later stage to an earlier one."""
    return sorted(said(parent, child) for parent, child in edges(graph) if rank(parent) > rank(child))


def is_page(node):
    """For people: nothing is computed on it."""
    return "html" in node.kinds


def frames_from_tables(graph):
    """Edges from a table to a frame: PostgreSQL holds results, the lake what is computed on."""
    return sorted(
        said(p, child)
        for p, child in edges(graph)
        if is_page(p) or (is_table(p) and not is_table(child) and not is_page(child))
    )


def says_something(description):
    """True if the first paragraph is whole: a sentence of five words or more, not a name or a heading."""
    first = (description or "").split("\n\n")[0].strip()
    return len(first.split()) >= FEWEST_WORDS and first.endswith(".")


def unsaid(graph):
    """Assets and checks without a text for the UI, and assets that are read but not made."""
    result = []
    for key in graph.get_all_asset_keys():
        node, name = graph.get(key), key.to_user_string()
        if not node.is_materializable:
            result.append(f"{name} is read, and no asset makes it")
            continue
        if key.path[0] not in STAGES:
            result.append(f"{name} does not start with a stage")
        if node.group_name != key.path[0]:
            result.append(f"{name} is in group {node.group_name}")
        if not says_something(node.description):
            result.append(f"{name} has no description that a newcomer understands")
        if not node.kinds:
            result.append(f"{name} has no kind")
        if not node.owners:
            result.append(f"{name} has no owner")
        if not node.code_version:
            result.append(f"{name} has no code version")
    checks = (graph.get_check_spec(key) for key in graph.asset_check_keys)
    result += [f"check {check.name} has no description" for check in checks if not check.description]
    return sorted(result)


def test_no_asset_reads_from_a_later_stage(graph):
    """The rule: rank(parent) <= rank(child), with `rank` as above."""
    assert backward(graph) == []


def test_no_frame_is_computed_from_a_table(graph):
    """The rule that makes `rank`'s exception harmless: only tables depend on tables, by foreign key."""
    assert frames_from_tables(graph) == []


def test_every_asset_and_check_says_what_it_is(graph):
    """Group and first part of the key are the stage; description, kind, owner; every input has a maker."""
    assert unsaid(graph) == []


def test_every_schedule_and_sensor_says_what_it_is(definitions):
    repository = definitions.get_repository_def()
    ticking = [*repository.schedule_defs, *repository.sensor_defs]
    assert len(ticking) > len(STAGES)
    assert [tick.name for tick in ticking if not says_something(tick.description)] == []


def test_an_owner_follows_from_the_stage_unless_the_asset_names_one(graph):
    landing, nets, report = (
        graph.get(AssetKey(path.split("/")))
        for path in ("landing/ecb", "valuation/card_nets", "opportunities/report")
    )

    assert list(landing.owners) == ["team:data"]
    assert list(nets.owners) == ["team:arbitrage"]
    assert list(report.owners) == ["team:trading"]


def test_the_code_version_is_that_of_the_skipped_stages_and_of_a_model_its_own(graph):
    nets, summary = (
        graph.get(AssetKey(path.split("/"))) for path in ("valuation/card_nets", "mart/daily_summary")
    )
    source = (dbt.PROJECT / "models" / "daily_summary.sql").read_bytes().strip()

    assert nets.code_version == code_version(dbt.PROJECT)
    assert summary.code_version == hashlib.sha256(source).hexdigest()


def test_a_model_of_the_mart_shows_its_columns_and_depends_on_the_tables_it_reads(graph):
    summary = graph.get(AssetKey(["mart", "daily_summary"]))
    columns = summary.metadata["dagster/column_schema"].columns

    assert {key.to_user_string() for key in summary.parent_keys} == {
        *("prices/price_history", "mart/opportunity_history", "mart/sealed_valuations"),
    }
    assert [(column.name, column.type, column.description) for column in columns][:1] == [
        ("as_of", "date", "Day of the analysis.")
    ]


def test_every_stage_has_assets(graph):
    assert {key.path[0] for key in graph.get_all_asset_keys()} == set(STAGES)


def test_what_runs_by_itself_and_values_a_day_publishes_it_too(definitions):
    started = {
        target.job_name
        for tick in (*definitions.sensors, *definitions.schedules)
        for target in (tick.targets if isinstance(tick, dg.SensorDefinition) else [tick.target])
    }
    made = {job: definitions.resolve_job_def(job).asset_layer.selected_asset_keys for job in started}
    valuing = {job for job, keys in made.items() if dg.AssetKey(["valuation", "sealed_valuations"]) in keys}
    assert valuing == {"analyze_new_day", "analyze_all_products", "analyze_product_arbitrage"}
    mart = definitions.resolve_job_def("mart").asset_layer.selected_asset_keys
    assert all(mart <= made[job] for job in valuing)


def test_reference_data_and_a_day_make_every_asset_once(definitions, graph):
    reference, day, sources, quotes, mart = (
        definitions.resolve_job_def(job).asset_layer.selected_asset_keys
        for job in ("reference_data", "daily_analysis", "fetch_sources", "market_quotes", "mart")
    )

    assert reference | day | sources | quotes | mart == graph.get_all_asset_keys()
    assert not reference & day
    assert not (sources | quotes | mart) & day
    assert {key.path[0] for key in mart} == {"mart"}
    assert {key.path[0] for key in sources} == {"landing"}


def asset(key, *reads, group=None, description="It is here for a test.", kinds=()):
    path = key.split("/")
    deps = [AssetKey(read.split("/")) for read in reads]

    @dg.asset(key=path, deps=deps, group_name=group or path[0], description=description, kinds=set(kinds))
    def made() -> None: ...

    return made


def graph_of(*assets, checks=()):
    return dg.Definitions(assets=list(assets), asset_checks=list(checks)).resolve_asset_graph()


def test_landing_that_reads_valuations_is_noticed():
    graph = graph_of(asset("valuation/nets"), asset("landing/x", "valuation/nets"))

    assert backward(graph) == ["landing/x reads valuation/nets"]


def test_a_catalogue_frame_that_reads_contents_is_noticed():
    graph = graph_of(asset("contents/lines"), asset("catalog/sealed", "contents/lines"))

    assert backward(graph) == ["catalog/sealed reads contents/lines"]


def test_a_catalogue_table_may_read_contents():
    table = asset("catalog/products", "contents/singles", kinds=["postgres"])

    assert backward(graph_of(asset("contents/singles"), table)) == []


def test_a_frame_computed_from_a_table_is_noticed():
    table = asset("prices/price_history", kinds=["postgres"])
    graph = graph_of(table, asset("valuation/features", "prices/price_history"))

    assert frames_from_tables(graph) == ["valuation/features reads prices/price_history"]


def test_a_report_may_read_a_table_and_nothing_may_read_a_report():
    table = asset("opportunities/a", kinds=["postgres"])
    page = asset("opportunities/report", "opportunities/a", kinds=["html"])

    assert frames_from_tables(graph_of(table, page)) == []
    reader = asset("opportunities/b", "opportunities/report")
    assert frames_from_tables(graph_of(table, page, reader)) == ["opportunities/b reads opportunities/report"]


def test_an_asset_that_says_nothing_is_noticed():
    @dg.asset_check(asset=AssetKey(["prices", "b"]), name="unsaid")
    def check() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    graph = graph_of(
        asset("attic/a"),
        asset("prices/b", "prices/misspelt", group="valuation", description=None),
        asset("prices/c", description="Prices.", kinds=["polars"]),
        asset("prices/d", description="Prices of a day without a full stop", kinds=["polars"]),
        checks=[check],
    )

    newcomer = "has no description that a newcomer understands"
    assert unsaid(graph) == [
        "attic/a does not start with a stage",
        "attic/a has no code version",
        "attic/a has no kind",
        "attic/a has no owner",
        "check unsaid has no description",
        "prices/b has no code version",
        f"prices/b {newcomer}",
        "prices/b has no kind",
        "prices/b has no owner",
        "prices/b is in group valuation",
        "prices/c has no code version",
        f"prices/c {newcomer}",
        "prices/c has no owner",
        "prices/d has no code version",
        f"prices/d {newcomer}",
        "prices/d has no owner",
        "prices/misspelt is read, and no asset makes it",
    ]
