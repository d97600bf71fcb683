"""`arb metrics`: metrics for Prometheus."""

from pathlib import Path
from typing import Annotated

import typer

from arb_pipeline.cli.terminal import echo

Serve = Annotated[
    int | None,
    typer.Option(metavar="PORT", min=0, max=65535, help="Port on which to serve scrapes until Ctrl-C."),
]
Address = Annotated[str, typer.Option(help="Address to serve on; 127.0.0.1 by default.")]
TextFile = Annotated[
    Path | None, typer.Option(help="File to write the metrics to, for node_exporter (FILE.prom).")
]


def metrics(
    serve: Serve = None,
    address: Address = "127.0.0.1",
    textfile: TextFile = None,
) -> None:
    """Prints the metrics of this home, as of now: rows, ages, runs, opportunities, margins, alerts.

    They are computed at each scrape from the database, the landing and Dagster's records.
    """
    from prometheus_client import generate_latest, start_http_server

    from arb_pipeline.cli.database import migrated
    from arb_pipeline.runner import recent_runs
    from arb_pipeline.services import metrics as service
    from arb_pipeline.services.exports import check_output
    from arb_pipeline.settings import settings

    if serve is not None and textfile is not None:
        msg = "Give --serve or --textfile."
        raise typer.BadParameter(msg, param_hint="--serve")
    if not address.strip():
        msg = "an address is needed: 127.0.0.1 answers this machine alone, 0.0.0.0 everybody."
        raise typer.BadParameter(msg, param_hint="--address")
    if textfile is not None:
        textfile = textfile.expanduser().resolve()
        check_output(textfile)
    with migrated() as engine:
        ours = service.collected(settings(), engine, lambda: recent_runs(settings()))
        if textfile:
            service.write(ours, textfile)
        elif serve is None:
            echo(generate_latest(ours).decode(), nl=False)
        else:
            server, thread = start_http_server(serve, addr=address, registry=ours)
            echo(f"http://{address}:{server.server_port}/metrics; Ctrl-C ends it.", err=True)
            try:
                thread.join()
            except KeyboardInterrupt:
                server.shutdown()
