"""Makes a dashboard of the mart in Apache Superset, through its REST API. Run it again after any change.

    ARB_BI_PASSWORD=... SUPERSET_PASSWORD=... python superset_mart.py --mart postgresql://bi_ro@127.0.0.1:5432/arb

`--mart` is what `arb db role` prints. What is there already (found by its name) is brought to what is written
here, and nothing is made twice. Passwords come from the environment alone. docs/bi.md shows the whole way.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

DATABASE = "Card arbitrage: the mart"
SCHEMA = "mart"
DASHBOARD = "What to buy"
SLUG = "what-to-buy"
SECONDS = 60
"""Timeout of one request."""
QUERIES = Path(__file__).parent / "queries"
"""The SQL of each chart, as Superset writes it: a test runs it as bi_ro."""

Json = dict[str, Any]


def metric(aggregate: str, column: str, label: str) -> Json:
    """A number per group."""
    about = {"column": {"column_name": column}, "aggregate": aggregate, "label": label}
    return {"expressionType": "SIMPLE", "hasCustomLabel": True, "optionName": f"metric_{column}"} | about


CONFIDENCE = metric("MAX", "confidence_score", "Confidence")
MARGIN = metric("MAX", "margin_percentage", "Margin in %")
PRICE = metric("MAX", "sealed_price", "Price in $")
CALCULATED = {
    "sealed_valuations": {
        # Two products of one name stay two.
        "product": "concat_ws(' #', product_name, coalesce(tcg_product_id, product_id::text))",
        "fate": "CASE WHEN published THEN 'published' ELSE 'not published' END",
    }
}
"""Columns of a dataset that Superset works out itself: a legend shows a plain false as <NULL>."""
BEST_FIRST = (
    "rank",
    "product_name",
    "category",
    "sealed_source",
    "sealed_price",
    "singles_value",
    "profit",
    "margin_percentage",
    "p_profit",
    "confidence_score",
    "risk_level",
    "flags",
)
MOST_PRODUCTS = 5000
"""Rows of the highest margin, should there be more."""
CHARTS: dict[str, Json] = {
    "Opportunities, best first": {
        "table": "opportunities",
        "type": "table",
        "height": 40,
        "form": {
            "query_mode": "raw",
            "all_columns": list(BEST_FIRST),
            "order_by_cols": ['["rank", true]'],
            "row_limit": 100,
            "show_cell_bars": False,
            "column_config": {
                **{name: {"d3NumberFormat": "$,.2f"} for name in ("sealed_price", "singles_value", "profit")},
                "margin_percentage": {"d3NumberFormat": ".1f"},
                "p_profit": {"d3NumberFormat": ".0%"},
            },
        },
        "query": {
            "columns": list(BEST_FIRST),
            "orderby": [["rank", True]],
            "row_limit": 100,
        },
    },
    # One product has one row of its newest day: a maximum over it is the figure itself.
    "Margin by confidence: near misses, and what was published": {
        "table": "sealed_valuations",
        "type": "bubble_v2",
        "height": 70,
        "form": {
            "series": "fate",
            "entity": "product",
            "x": CONFIDENCE,
            "y": MARGIN,
            "size": PRICE,
            "max_bubble_size": "25",
            "opacity": 0.6,
            "x_axis_label": "Confidence, 0 to 1",
            "x_axis_title_margin": 30,
            "y_axis_label": "Margin, %",
            "y_axis_title_margin": 50,
            "xAxisFormat": ".2f",
            "y_axis_format": ",.0f",
            "tooltipSizeFormat": "$,.2f",
            "show_legend": True,
            "color_scheme": "supersetColors",
            "adhoc_filters": [
                {
                    "clause": "WHERE",
                    "expressionType": "SIMPLE",
                    "subject": subject,
                    "operator": operator,
                    "operatorId": name,
                    "comparator": value,
                }
                for subject, operator, name, value in (
                    ("is_newest", "==", "EQUALS", True),
                    ("margin_percentage", "IS NOT NULL", "IS_NOT_NULL", None),
                )
            ],
            "row_limit": MOST_PRODUCTS,
            "orderby": MARGIN,
            "order_desc": True,
        },
        "query": {
            "columns": ["product", "fate"],
            "metrics": [CONFIDENCE, MARGIN, PRICE],
            "filters": [
                {"col": "is_newest", "op": "==", "val": True},
                {"col": "margin_percentage", "op": "IS NOT NULL"},
            ],
            "orderby": [[MARGIN, False]],
            "row_limit": MOST_PRODUCTS,
        },
    },
}


class SupersetError(RuntimeError):
    """Superset refused a request; the message has its answer."""


class Superset:
    """A session at a Superset server."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url, self._session = f"{url.rstrip('/')}/api/v1", requests.Session()
        self._session.headers["Referer"] = url
        login = {"username": user, "password": password, "provider": "db", "refresh": False}
        token = self.call("POST", "/security/login", login)["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.headers["X-CSRFToken"] = self.call("GET", "/security/csrf_token/")["result"]

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """One request. Raises `SupersetError`; no message of ours holds what was sent."""
        try:
            answer = self._session.request(method, self._url + path, json=body, timeout=SECONDS)
        except requests.RequestException as error:
            raise SupersetError(f"{self._url} does not answer ({type(error).__name__}). Is it up?") from None
        if not answer.ok:
            raise SupersetError(f"{method} {path}: status {answer.status_code}, {answer.text[:500]}")
        answer_body: Json = answer.json()
        return answer_body

    def id_of(self, kind: str, **named: str) -> int | None:
        """The id of what has these values."""
        filters = ",".join(f"(col:{name},opr:eq,value:{_rison(value)})" for name, value in named.items())
        results = self.call("GET", f"/{kind}/?q=(filters:!({quote(filters)}),page_size:100)")["result"]
        return int(results[0]["id"]) if results else None

    def ensure(self, kind: str, named: Json, content: Json) -> int:
        """Makes it, or brings what has that name to this content. Its id."""
        id_ = self.id_of(kind, **named)
        if id_ is None:
            return int(self.call("POST", f"/{kind}/", named | content)["id"])
        self.call("PUT", f"/{kind}/{id_}", named | content)
        return id_

    def dataset(self, database: int, table: str) -> int:
        """The dataset of a table of the mart, with its columns read anew, and those calculated."""
        id_ = self.id_of("dataset", table_name=table, schema=SCHEMA)
        if id_ is None:
            named = {"database": database, "schema": SCHEMA, "table_name": table}
            id_ = int(self.call("POST", "/dataset/", named)["id"])
        self.call("PUT", f"/dataset/{id_}/refresh")
        there = self.call("GET", f"/dataset/{id_}")["result"]["columns"]
        columns = {column["column_name"]: {k: column[k] for k in ("id", "column_name")} for column in there}
        for name, expression in CALCULATED.get(table, {}).items():
            made = {"column_name": name, "expression": expression, "type": "TEXT"}
            columns[name] = columns.get(name, {}) | made
        self.call("PUT", f"/dataset/{id_}", {"columns": list(columns.values())})
        return id_

    def chart(self, name: str, spec: Json, dataset: int) -> int:
        """The chart, with the query that it sends when it is drawn outside of a browser."""
        source = {"id": dataset, "type": "table"}
        form = spec["form"] | {"datasource": f"{dataset}__table", "viz_type": spec["type"]}
        context = {"datasource": source, "queries": [spec["query"]], "form_data": form}
        content = {
            "viz_type": spec["type"],
            "datasource_id": dataset,
            "datasource_type": "table",
            "params": json.dumps(form),
            "query_context": json.dumps(context | {"result_format": "json", "result_type": "full"}),
        }
        return self.ensure("chart", {"slice_name": name}, content)

    def answer(self, spec: Json, dataset: int) -> Json:
        """Answer to a chart's query: its SQL as `query`, its rows as `data`."""
        query = {"datasource": {"id": dataset, "type": "table"}, "queries": [spec["query"]], "force": True}
        result: Json = self.call("POST", "/chart/data", query)["result"][0]
        return result


def layout(charts: dict[str, int]) -> Json:
    """One chart below the other, over the whole width."""
    rows, more = [], {}
    for name, chart in charts.items():
        row, box = f"ROW-{chart}", f"CHART-{chart}"
        rows.append(row)
        above = ["ROOT_ID", "GRID_ID"]
        meta = {"chartId": chart, "sliceName": name, "width": 12, "height": CHARTS[name]["height"]}
        more[row] = {"type": "ROW", "id": row, "children": [box], "parents": above}
        more[row]["meta"] = {"background": "BACKGROUND_TRANSPARENT"}
        more[box] = {"type": "CHART", "id": box, "children": [], "parents": [*above, row], "meta": meta}
    root: Json = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": rows, "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": DASHBOARD}},
    }
    return root | more


def make(superset: Superset, uri: str, *, queries: Path | None) -> str:
    """Connection, datasets, charts, dashboard: its path. With `queries`, writes each chart's SQL there."""
    database = superset.ensure("database", {"database_name": DATABASE}, _connection(uri))
    tables = {name: superset.dataset(database, name) for name in dict.fromkeys(_tables())}
    charts = {name: superset.chart(name, spec, tables[spec["table"]]) for name, spec in CHARTS.items()}
    for name, spec in CHARTS.items():
        answer = superset.answer(spec, tables[spec["table"]])
        sys.stdout.write(f"{name}: {len(answer['data']):,} rows\n")
        if queries:
            queries.mkdir(exist_ok=True)
            (queries / f"{spec['table']}.sql").write_text(answer["query"].strip() + "\n", "utf-8")
    content = {"slug": SLUG, "published": True, "position_json": json.dumps(layout(charts))}
    dashboard = superset.ensure("dashboard", {"dashboard_title": DASHBOARD}, content)
    for chart in charts.values():
        superset.call("PUT", f"/chart/{chart}", {"dashboards": [dashboard]})
    return f"/superset/dashboard/{SLUG}/"


def _tables() -> list[str]:
    return [str(spec["table"]) for spec in CHARTS.values()]


def _connection(uri: str) -> Json:
    """For reading alone: bi_ro could not write if Superset let it."""
    allowed = dict.fromkeys(("allow_dml", "allow_ctas", "allow_cvas", "allow_file_upload"), False)
    return {"sqlalchemy_uri": uri, "expose_in_sqllab": True} | allowed


def _rison(text: str) -> str:
    """Text in Superset's query language."""
    return "'" + text.replace("!", "!!").replace("'", "!'") + "'"


def _uri(url: str, password: str) -> str:
    """The mart's URL with driver and password."""
    scheme, _, rest = url.partition("://")
    user, at, where = rest.partition("@")
    if scheme != "postgresql" or not at or ":" in user:
        raise SupersetError(
            "--mart should be postgresql://bi_ro@HOST:PORT/DATABASE, as `arb db role` prints it."
        )
    return f"postgresql+psycopg2://{user}:{quote(password, safe='')}@{where}"


def main() -> None:
    """Reads the command line and the environment."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--mart", required=True, help="postgresql://bi_ro@HOST:PORT/DATABASE")
    options.add_argument("--superset", default="http://127.0.0.1:8088", help="its address")
    options.add_argument("--user", default="admin", help="who may make dashboards there")
    options.add_argument(
        "--write-queries", action="store_true", help=f"also write each chart's SQL to {QUERIES.name}/"
    )
    given = options.parse_args()
    try:
        uri = _uri(given.mart, os.environ["ARB_BI_PASSWORD"])
        superset = Superset(given.superset, given.user, os.environ["SUPERSET_PASSWORD"])
        path = make(superset, uri, queries=QUERIES if given.write_queries else None)
    except KeyError as error:
        sys.exit(f"superset_mart: set {error.args[0]} in the environment.")
    except SupersetError as error:
        sys.exit(f"superset_mart: {error}")
    sys.stdout.write(f"{given.superset.rstrip('/')}{path}\n")


if __name__ == "__main__":
    main()
