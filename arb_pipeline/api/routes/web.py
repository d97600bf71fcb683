"""The dashboard's files under `/`, and the page that signs in by a one-time link.

Files with a hash in their name are kept by browsers; `index.html`, which names them, is not.
"""

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

from arb_pipeline.api.pages import CSS
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.api.routing import methods_of

app = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parents[2] / "web_dist"
HASHED = "assets/"
NOT_BUILT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>arb_pipeline</title>
<link rel="stylesheet" href="/docs.css"></head><body><h1>arb_pipeline</h1>
<p>The API answers. The dashboard is not built here: <code>make web</code> builds it.</p>
<p><a href="/docs">Reference of the API</a></p></body></html>"""
OWN = ("api", "openapi.json", "healthz", "readyz", "metrics")


@app.get("/docs.css")
async def style() -> Response:
    """Stylesheet of the server's own pages."""
    return Response(CSS, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@app.get("/{path:path}")
async def dashboard(request: Request, path: str) -> Response:
    """A file of the dashboard; any other path is one of its views."""
    if path.split("/", maxsplit=1)[0] in OWN:
        if "GET" not in methods_of(request.app, f"/{path}"):
            raise HTTPException(405)
        detail = f"There is no route /{path[:200]}. GET /openapi.json lists all."
        raise ProblemError("not-found", detail)
    index = FOLDER / "index.html"
    if not index.is_file():
        return HTMLResponse(NOT_BUILT, headers={"Cache-Control": "no-store"})
    file = (FOLDER / path).resolve() if "\0" not in path else index
    if path and file.is_relative_to(FOLDER.resolve()) and file.is_file():
        keep = "public, max-age=31536000, immutable" if path.startswith(HASHED) else "no-cache"
        return FileResponse(file, headers={"Cache-Control": keep})
    if path.startswith(HASHED):
        raise ProblemError("not-found", f"There is no file /{path[:200]}. Reload the page: it was updated.")
    return FileResponse(index, headers={"Cache-Control": "no-cache"})
