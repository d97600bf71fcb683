"""Moves the tree to its rooms: `git mv`, imports, dotted names and paths in text. No behaviour changes.

Run it at the root of a checkout: `python scripts/move_house.py`. A tree that has moved already only gets the
leftover old names of its files rewritten, so that a branch with new files can run it after a rebase.
`--table` prints the mapping as Markdown.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
A, S = "arb_pipeline", "scrapy_project"
MODULES: dict[str, str] = {}
"""Old dotted name of a module or package -> the new one. Longer names win."""


def _moved(old: str, new: str, names: str) -> None:
    """`names`: words `module` or `module=renamed`, moved from one package to another."""
    for word in names.split():
        name, _, renamed = word.partition("=")
        MODULES[f"{old}.{name}"] = f"{new}.{renamed or name}"


_moved(A, f"{A}.services", "backtested=backtest explained=explain valued=what_if valued_list=price_list")
_moved(f"{A}.cli", f"{A}.cli", "connect=database lookup=live show=render opportunity_pick=resolve")
_moved(f"{A}.cli", f"{A}.cli", "services=supervisor")
_moved(
    f"{A}.core",
    f"{A}.core.pricing",
    "card_nets channel_params channel_prices currency features fees offers outliers price_window "
    "quoted_prices rollup window_summary",
)
_moved(
    f"{A}.core",
    f"{A}.core.contents",
    "booster catalog contents=sealed_graph draws=draw_structure game_contents lines=expected_contents "
    "parts=contents_tree pull_rates slots=slot_packs variable=mixtures",
)
_moved(f"{A}.core", f"{A}.core.matching", "marketplace_ids product_finder")
_moved(
    f"{A}.core.matching",
    f"{A}.core.matching",
    "objections=conflicts refusals=blocklist terms=vocabulary words=tokenizer",
)
_moved(
    f"{A}.core",
    f"{A}.core.valuation",
    "carriers=top_cards confidence editions=edition_fallback explanation flags line_nets=buylist_cap ranking "
    "valuation=sealed what_if",
)
_moved(f"{A}.core", f"{A}.core.opportunities", "acts=transitions lifecycle")
_moved(f"{A}.core.outcome", f"{A}.core.outcome", "atoms=exact_distribution parts=bundle")
_moved(f"{A}.core.alerting", f"{A}.core.alerting", "wording=templates")
_moved(f"{A}.core.backtest", f"{A}.core.backtest", "samples=estimates factors=factor_scores")
_moved(f"{A}.core.cleaning", f"{A}.sources", "said=raw_frames quoting=quote_pipeline rules=quote_rules")
MODULES[f"{A}.core.cleaning"] = f"{A}.sources.cleaning"
MODULES[f"{S}.parsing"] = f"{A}.sources.parsing"
_moved(S, f"{A}.sources", "archives mappings redaction unpack yaml_files=yaml_text")
_moved(
    f"{A}.defs.shared",
    f"{A}.defs.shared",
    "fetched=landed_packages scope=product_selection shrunk=snapshot_guard",
)
_moved(f"{A}.defs.valuation", f"{A}.defs.valuation", "carrying=top_cards")
MODULES[f"{A}.demo.elsewhere"] = f"{A}.simulator.marketplaces"
_moved(
    f"{A}.demo.elsewhere",
    f"{A}.simulator.marketplaces",
    "europe=cardmarket_ecb kingdom=cardkingdom scene=market_view",
)
MODULES[f"{A}.demo.speakers"] = f"{A}.simulator.source_apis"
_moved(f"{A}.demo.speakers", f"{A}.simulator.source_apis", "kit=helpers")
_moved(f"{A}.demo.replay", f"{A}.simulator.replay", "bodies=response_faults wire=connection_faults")
MODULES[f"{A}.demo"] = f"{A}.simulator"
_moved(
    f"{A}.demo",
    f"{A}.simulator",
    "planted=ground_truth planting=fixtures world=market zipped=deterministic_zip",
)
_moved(f"{A}.stores", f"{A}.features", "engines history price_windows")
_moved(f"{A}.stores", f"{A}.fetching", "fetching=crawls scrapers=live_lookup watchlist")
_moved(f"{A}.stores", f"{A}.mart", "dbt expectations")
_moved(f"{A}.stores.postgres", f"{A}.mart", "mart=publication")
_moved(f"{A}.stores", f"{A}.notifications", "alert_rounds=alert_dispatch alert_rules alerts=apprise_sender")
_moved(f"{A}.stores.postgres", f"{A}.notifications", "outbox_delivery")
_moved(f"{A}.stores.report", f"{A}.reporting", "backtest backtest_charts charts reading")
MODULES[f"{A}.stores.report"] = f"{A}.reporting.analysis"
_moved(f"{A}.stores", f"{A}.reporting", "metrics")
_moved(f"{A}.stores", f"{A}.services", "quarantine services=supervisor")
_moved(f"{A}.stores", f"{A}.sources", "price_list=buyer_price_list")
_moved(f"{A}.stores", f"{A}.storage.postgres", "embedded embedded_programs")
_moved(
    f"{A}.stores",
    f"{A}.storage",
    "dagster_home data_folder files lake landing logs params ports quotes source_ages staleness",
)
MODULES[f"{A}.stores.postgres"] = f"{A}.storage.postgres"
_moved(f"{A}.stores.postgres", f"{A}.storage.postgres", "alert_subjects=alert_queries copying=copy_writer")
_moved(f"{A}.stores.sources", f"{A}.storage", "markets=marketplace_files tcgcsv=tcgcsv_files")
_moved(f"{A}.stores.sources", f"{A}.games", "game=adapter games=registry tables tcgcsv_products=listings")
_moved(
    f"{A}.stores.sources",
    f"{A}.games.magic",
    "mtg=contents mtg_decks=decks mtg_game=adapter mtg_ids=marketplace_ids mtg_printings=printings",
)
_moved(
    f"{A}.stores.sources",
    f"{A}.games.pokemon",
    "pokemon=tracking_list pokemon_game=adapter pokemon_packs=packs",
)
_moved(f"{A}.stores.sources", f"{A}.games.pokemon", "tcgdex")
_moved(f"{A}.stores.sources", f"{A}.games.yugioh", "ygojson yugioh_game=adapter yugioh_packs=packs")
MODULES[f"{A}.stores.sources"] = f"{A}.games"
MODULES[f"{A}.stores"] = f"{A}.storage"
_moved(
    S,
    S,
    "archive=crawl_archive earlier=previous_response events=progress guard=ssrf_guard report=crawl_result "
    "turns=host_rate_limiter",
)
_moved(f"{S}.middlewares", f"{S}.middlewares", "known=conditional stand_in=base_url_override")
ROOMS = {
    f"{A}.core.pricing": "Prices: rollup, windows, features, currencies, offers, fees, and nets per card and channel.",
    f"{A}.core.contents": "Contents: the sealed graph, booster odds, mixtures, and expected copies per card.",
    f"{A}.core.valuation": "Valuation: contents times nets against the landed price, with flags, confidence and rank.",
    f"{A}.core.opportunities": "Opportunities: their life cycle, and the transitions that persons cause.",
    f"{A}.sources": "Sources without I/O to the network: parsers, cleaners, formats of files.",
    f"{A}.games": "Games: how landed sources become products, printings, boosters and contents; one package per game.",
    f"{A}.games.magic": "Magic: The Gathering.",
    f"{A}.games.pokemon": "Pokemon.",
    f"{A}.games.yugioh": "Yu-Gi-Oh.",
    f"{A}.features": "Features of the price history, computed over the lake by an engine.",
    f"{A}.fetching": "Fetching: crawls in processes of their own, live look-ups, and what to look up.",
    f"{A}.mart": "The mart: dbt models, expectations, and publication in one transaction.",
    f"{A}.notifications": "Notifications: the rule file, dispatch, and delivery of messages.",
    f"{A}.reporting": "Reports and metrics, read from tables and landing.",
    f"{A}.services": "Use cases, one function each: typed arguments in, a view out. No terminal, no Dagster.",
}
"""New packages -> the docstring of their `__init__`."""
SYMBOLS = {
    ("simulator", "demo", "tests/faults", "tests/pipeline", "benchmarks"): {
        "Mood": "PriceProcess",
        "Arrival": "RequestLog",
    },
    ("storage/postgres", "stores/postgres"): {"must": "required", "may": "nullable"},
    ("scrapy_project", "crawling"): {"Turns": "HostRateLimiter", "Guard": "SsrfGuard"},
}
"""Parts of paths -> names that are renamed in these files."""
TESTS: dict[str, str] = {}
"""Old path of a test below tests/unit -> the new one."""


def _tests(old: str, new: str, names: str) -> None:
    for word in names.split():
        name, _, renamed = word.partition("=")
        TESTS[f"{old}/{name}.py".lstrip("/")] = f"{new}/{renamed or name}.py"


_tests(
    "core",
    "core/contents",
    "test_booster test_catalog test_contents=test_sealed_graph test_slots=test_slot_packs",
)
_tests("core", "core/contents", "test_draws=test_draw_structure test_lines=test_expected_contents")
_tests("core", "core/contents", "test_variable=test_mixtures")
_tests(
    "core", "core/pricing", "test_card_nets test_channel_prices test_features test_features_oracle test_fees"
)
_tests("core", "core/pricing", "test_offers test_quoted_prices test_rollup")
_tests("core", "core/matching", "test_marketplace_ids test_matching test_product_finder")
_tests(
    "core",
    "core/valuation",
    "test_carriers=test_top_cards test_confidence test_editions=test_edition_fallback",
)
_tests("core", "core/valuation", "test_explanation test_guards test_line_nets=test_buylist_cap test_ranking")
_tests("core", "core/valuation", "test_valuation=test_sealed test_what_if")
_tests("core", "core/opportunities", "test_acts=test_transitions test_lifecycle")
_tests("core", "contracts", "test_cron")
_tests("core/alerting", "core/alerting", "test_wording=test_templates")
_tests(
    "core/cleaning",
    "sources/cleaning",
    "test_clean_cardkingdom test_clean_cardmarket test_clean_currency test_clean_lists test_clean_offers "
    "test_clean_shared test_tcgplayer",
)
_tests(
    "scrapy_project/parsing",
    "sources/parsing",
    "test_amazon test_amazon_sp test_byte_order_marks test_cardkingdom test_cardmarket test_distributor test_ebay "
    "test_ecb test_mtg_boosters test_mtg_decks test_mtg_sealed_content test_mtgjson test_pokemontcg test_scryfall "
    "test_tcgcsv_products test_tcgdex test_tcgplayer_api test_ygojson test_ygoprodeck",
)
_tests("scrapy_project", "sources", "test_archives test_mappings")
_tests("scrapy_project", "scrapy_project", "test_archive=test_crawl_archive test_guard=test_ssrf_guard")
_tests(
    "scrapy_project",
    "scrapy_project",
    "test_stand_in=test_base_url_override test_turns=test_host_rate_limiter",
)
_tests("stores", "features", "test_engines")
_tests("stores", "fetching", "test_scrapers=test_live_lookup")
_tests("stores", "games", "test_game_pokemon test_game_yugioh test_sources_mtg=test_magic_contents")
_tests(
    "stores",
    "games",
    "test_sources_mtg_fetched=test_magic_fetched test_sources_tcgcsv_products=test_listings",
)
_tests("stores", "notifications", "test_alert_rules")
_tests("stores", "reporting", "test_report")
_tests("stores", "sources", "test_price_list=test_buyer_price_list")
_tests(
    "stores", "storage", "test_data_folder test_lake test_lake_in_a_store test_landing test_logs test_params"
)
_tests("stores", "storage", "test_quotes_to_load test_sources_tcgcsv=test_tcgcsv_files test_staleness")
_tests("demo", "simulator", "asking conftest replaying test_demo_formats test_demo_planted test_replay")
_tests(
    "demo", "simulator", "test_replay_faults test_speakers_counts test_speakers_magic test_speakers_markets"
)
_tests("cli", "cli", "test_show=test_render")
_tests("", "services", "test_backtested=test_backtest_service")
_tests("", "contracts", "test_contracts")
_tests("", "defs", "test_features_asset")
_tests("", "core/valuation", "test_presale")
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".tmpl",
    ".yml",
    ".yaml",
    ".example",
    ".sql",
    ".mako",
    ".j2",
    ".json",
    ".cfg",
    "",
}
SKIPPED = {"scripts/move_house.py", "uv.lock", "CHANGELOG.md"}


def git(*arguments: str) -> str:
    """What a git command prints."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Moves the files, then rewrites what names them."""
    if "--table" in sys.argv:
        for old, new in sorted(MODULES.items()):
            print(f"| `{old}` | `{new}` |")
        return
    files = git("ls-files").split()
    moves = dict(_moves(files))
    for old, new in moves.items():
        (ROOT / new).parent.mkdir(parents=True, exist_ok=True)
        git("mv", old, new)
    for package, line in ROOMS.items():
        path = ROOT / package.replace(".", "/") / "__init__.py"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'"""{line}"""\n')
    git("add", "-A", A, S, "tests")
    for name in git("ls-files").split():
        path = ROOT / name
        if path.suffix in TEXT and name not in SKIPPED and not path.is_symlink() and path.is_file():
            text = path.read_text("utf-8")
            changed = rewritten(name, text)
            if changed != text:
                path.write_text(changed)


def _moves(files: list[str]) -> Iterator[tuple[str, str]]:
    for name in files:
        if name.startswith("tests/unit/"):
            new = TESTS.get(name.removeprefix("tests/unit/"))
            if new and f"tests/unit/{new}" != name:
                yield name, f"tests/unit/{new}"
        elif name.startswith((f"{A}/", f"{S}/")) and (new := _new_path(name)) != name:
            yield name, new


def _new_path(name: str) -> str:
    """Where a file of a package goes."""
    stem, dot, suffix = name.rpartition(".")
    if suffix == "py":
        module = stem.removesuffix("/__init__").replace("/", ".")
        is_package = stem.endswith("/__init__")
        if module in PACKAGE_AND_MODULE and is_package:
            return name
        new = renamed(module)
        if new == module:
            return name
        ends_as_package = is_package and module != f"{A}.stores.report"
        return new.replace(".", "/") + ("/__init__.py" if ends_as_package else ".py")
    folder, _, leaf = name.rpartition("/")
    module = folder.replace("/", ".")
    new = f"{A}.reporting" if module == f"{A}.stores.report" else _package(module)
    return f"{new.replace('.', '/')}/{leaf}" if dot else name


PACKAGE_AND_MODULE = {old: {new for new in MODULES.values() if new.startswith(f"{old}.")} for old in MODULES}
PACKAGE_AND_MODULE = {old: inside for old, inside in PACKAGE_AND_MODULE.items() if inside}
"""Old modules whose name is a package now -> the modules in it."""


def _package(module: str) -> str:
    """The new name of a package without code of its own (folders of data)."""
    for old in sorted(MODULES, key=len, reverse=True):
        if (module == old or module.startswith(f"{old}.")) and old not in PACKAGE_AND_MODULE:
            return MODULES[old] + module[len(old) :]
    return module


def renamed(dotted: str) -> str:
    """A dotted name with its longest old module replaced."""
    for old in sorted(MODULES, key=len, reverse=True):
        if dotted == old or dotted.startswith(f"{old}."):
            rest = dotted[len(old) :]
            inside = PACKAGE_AND_MODULE.get(old, set())
            if any(dotted == new or dotted.startswith(f"{new}.") for new in inside):
                continue
            return MODULES[old] + rest
    return dotted


def rewritten(name: str, text: str) -> str:
    """A file's text with new imports, dotted names and paths."""
    if name.endswith(".py"):
        text = _imports(text)
    text = DOTTED.sub(lambda m: _dotted(m[0]), text)
    text = text.replace(f'files("{A}.reporting.analysis")', f'files("{A}.reporting")')
    text = PATH.sub(lambda m: _path(m[0]), text)
    for old, new in TESTS.items():
        text = text.replace(f'"{old}"', f'"{new}"').replace(f"tests/unit/{old}", f"tests/unit/{new}")
    for parts, symbols in SYMBOLS.items():
        if any(part in name for part in parts) and name.endswith(".py"):
            for old, new in symbols.items():
                imported = rf"^(from {A}\S+columns import .*?\b){old}\b"
                text = re.sub(imported, rf"\1{new}", text, flags=re.MULTILINE)
                called = rf"\b{old}\b" if old[0].isupper() else rf"\b{old}(?=\()"
                text = re.sub(called, new, text)
    return text


DOTTED = re.compile(rf"\b(?:{A}|{S})(?:\.\w+)+")
PATH = re.compile(
    r"(?<![\w.])(?<!\w/)(?:arb_pipeline/|scrapy_project/)?"
    r"(?:core|stores|demo|cli|defs|parsing|middlewares|backtested|explained|valued|valued_list)"
    r"(?:/\w+)*(?:\.py\b|/(?=[\s`)\]'\",{<*]))"
    r"|(?<![\w.])(?<!\w/)scrapy_project(?:/\w+)+(?:\.py\b|/(?=[\s`)\]'\",{<*]))"
)


def _dotted(name: str) -> str:
    if name in PACKAGE_AND_MODULE:
        return name  # the package, once moved; imports of the module are rewritten as syntax
    return renamed(name)


def _path(found: str) -> str:
    """A path in text, as the text wrote it: from the root or from inside the package."""
    whole = found.rstrip("/").removesuffix(".py")
    for prefix in ("", f"{A}/", f"{S}/"):
        module = (prefix + whole).replace("/", ".")
        if not module.startswith((f"{A}.", f"{S}.")):
            continue
        if any(module.startswith(f"{old}.") for old in PACKAGE_AND_MODULE):
            return found
        if found.endswith("/") and module in PACKAGE_AND_MODULE:
            return found
        if (new := renamed(module)) != module:
            tail = "/" if found.endswith("/") else ".py"
            new = new.replace(".", "/") + tail
            return new if whole.startswith((A, S)) else new.removeprefix(f"{A}/")
    return found


def _imports(text: str) -> str:
    """The text with its imports rewritten, and the names of renamed modules where they are used."""
    tree = ast.parse(text)
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    stored |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    stored |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    imported = {
        (a.asname or a.name).partition(".")[0]
        for n in ast.walk(tree)
        if isinstance(n, ast.Import | ast.ImportFrom)
        for a in n.names
    }
    lines = text.splitlines(keepends=True)
    names: dict[str, str] = {}
    edits: list[tuple[int, int, str]] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.level or not node.module:
            continue
        by_module: dict[str, list[str]] = {}
        for alias in node.names:
            whole = f"{node.module}.{alias.name}"
            if whole in MODULES and whole not in PACKAGE_AND_MODULE:
                module, _, leaf = MODULES[whole].rpartition(".")
                shown = leaf if not alias.asname else f"{leaf} as {alias.asname}"
                if not alias.asname and leaf != alias.name:
                    if leaf in stored | imported or alias.name in stored:
                        shown = f"{leaf} as {alias.name}"
                    else:
                        names[alias.name] = leaf
            else:
                module = _owner(node.module, alias.name)
                shown = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
            if shown.partition(" as ")[0] == shown.partition(" as ")[2]:
                shown = shown.partition(" as ")[0]
            by_module.setdefault(module, []).append(shown)
        before = [f"{a.name} as {a.asname}" if a.asname else a.name for a in node.names]
        if by_module == {node.module: before}:
            continue
        indent = " " * node.col_offset
        tail = _comment(lines[node.end_lineno - 1], node)
        new = "".join(
            f"{indent}from {module} import {', '.join(shown)}{tail}\n" for module, shown in by_module.items()
        )
        edits.append((node.lineno, node.end_lineno, new))
    if not edits:
        return text
    uses = [
        (n.lineno, n.col_offset, n.id, names[n.id])
        for n in ast.walk(tree)
        if isinstance(n, ast.Name) and n.id in names
    ]
    for line, column, old, new in sorted(uses, reverse=True):
        raw = lines[line - 1].encode()
        lines[line - 1] = (raw[:column] + new.encode() + raw[column + len(old.encode()) :]).decode()
    for first, last, new in sorted(edits, reverse=True):
        lines[first - 1 : last] = [new]
    return "".join(lines)


def _owner(module: str, name: str) -> str:
    """The new module that an imported name is in."""
    inside = PACKAGE_AND_MODULE.get(module)
    if inside is not None:
        return (
            module
            if f"{module}.{name}" in inside or f"{module}.{name}" in MODULES.values()
            else MODULES[module]
        )
    return renamed(module)


def _comment(line: str, node: ast.ImportFrom) -> str:
    rest = line.encode()[node.end_col_offset :].decode().strip()
    return f"  {rest}" if rest.startswith("#") else ""


if __name__ == "__main__":
    main()
