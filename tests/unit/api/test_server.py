"""`arb serve` with several processes: what is handed to uvicorn's supervisor."""

import signal

import pytest
from uvicorn.supervisors import Multiprocess

from arb_pipeline.api import server
from arb_pipeline.settings import Settings


@pytest.fixture
def own_signals():
    """The supervisor takes the signals of a stop; they go back to pytest."""
    held = {number: signal.getsignal(number) for number in signal.Signals if number.name in SIGNALS}
    yield
    for number, handler in held.items():
        signal.signal(number, handler)


SIGNALS = {"SIGINT", "SIGTERM", "SIGHUP", "SIGTTIN", "SIGTTOU"}


@pytest.mark.usefixtures("own_signals")
def test_two_workers_share_one_bound_socket(monkeypatch, tmp_path):
    started = []
    monkeypatch.setattr(Multiprocess, "run", lambda supervisor: started.append(supervisor) or 0)

    server.serve(Settings(home=tmp_path), host="127.0.0.1", port=0, workers=2)

    (supervisor,) = started
    (bound,) = supervisor.sockets
    assert bound.getsockname()[0] == "127.0.0.1"
    assert supervisor.processes_num == 2
    bound.close()
