"""Pages beside the API: reference of the routes, kinds of problems."""

import ipaddress
from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import orjson
from fastapi import Request
from jinja2 import Environment

from arb_pipeline.api.problems import KINDS

CSS = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
:root { color-scheme: light dark } code { font: 14px ui-monospace, monospace }
h2 { margin-top: 2.5rem; text-transform: capitalize } h3 { margin: 1.5rem 0 .2rem; font-size: 1rem }
table { border-collapse: collapse; margin: .5rem 0 }
td, th { text-align: left; padding: .15rem .8rem .15rem 0; vertical-align: top }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700 }
"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/docs.css">
</head><body><h1>{{ title }}</h1>{{ body }}</body></html>"""
REFERENCE = """
<p>{{ document.info.description }}</p>
<p><a href="/openapi.json">OpenAPI document</a>, version {{ document.info.version }}.
<a href="/problems">Kinds of problems</a>.</p>
{% for tag, operations in tags.items() %}<h2>{{ tag }}</h2>
{% for o in operations %}<h3 id="{{ o.operationId }}"><span class="method">{{ o.method }}</span>
<code>{{ o.path }}</code></h3><p>{{ o.description }}</p>
{% if o.parameters %}<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>
{% for p in o.parameters %}<tr><td><code>{{ p.name }}</code></td><td>{{ p["in"] }}</td>
<td>{{ p.description or p.schema.description or "" }}</td></tr>{% endfor %}</table>{% endif %}
{% if o.body %}<p>Body: <code>{{ o.body }}</code></p>{% endif %}
<p>Answers: {% for status, answer in o.responses.items() %}
<code>{{ status }}</code> {{ answer.description }}{% if not loop.last %}; {% endif %}{% endfor %}</p>
{% endfor %}{% endfor %}
<h2 id="schemas">Schemas</h2>
{% for name, schema in document.components.schemas.items() %}<h3 id="{{ name }}"><code>{{ name }}</code></h3>
<p>{{ schema.description or "" }}</p><table>
{% for field, s in (schema.properties or {}).items() %}<tr><td><code>{{ field }}</code></td>
<td>{{ s.type or "" }}</td><td>{{ s.description or "" }}</td></tr>{% endfor %}</table>{% endfor %}
"""
PROBLEMS = """
<p>Errors are problem details (RFC 9457): <code>type</code> is a section of this page.</p>
{% for kind in kinds %}<h3 id="{{ kind.slug }}">{{ kind.title }} (<code>{{ kind.status }}</code>,
<code>{{ kind.slug }}</code>)</h3><p>{{ kind.meaning }} {{ kind.step }}</p>{% endfor %}
"""
METHODS = ("get", "post", "put", "delete")


def _page(title: str, template: str, **values: object) -> str:
    environment = Environment(autoescape=True)
    body = environment.from_string(template).render(**values)
    from markupsafe import Markup

    return environment.from_string(PAGE).render(title=title, body=Markup(body))  # noqa: S704 - escaped above


@lru_cache(maxsize=2)
def reference(text: bytes) -> str:
    """The routes of an OpenAPI document."""
    document = orjson.loads(text)
    tags: dict[str, list[dict[str, object]]] = {}
    for path, operations in document["paths"].items():
        for method in METHODS:
            if operation := operations.get(method):
                content: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
                media: dict[str, Any] = next(iter(content.values()), {})
                body = media.get("schema", {}).get("$ref", "").rpartition("/")[2]
                extra = {"method": method.upper(), "path": path, "body": body}
                tags.setdefault(operation["tags"][0], []).append(operation | extra)
    return _page("arb_pipeline: the API", REFERENCE, document=document, tags=tags)


@lru_cache(maxsize=1)
def problems() -> str:
    """The kinds of problems."""
    return _page("Kinds of problems", PROBLEMS, kinds=list(KINDS.values()))


def is_monitoring(request: Request, networks: Collection[IPv4Network | IPv6Network]) -> bool:
    """True if the request comes from this machine or one of the networks without a proxy."""
    if request.client is None or "x-forwarded-for" in request.headers:
        return False
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return False
    return address.is_loopback or any(address in network for network in networks)
