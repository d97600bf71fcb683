"""`arb run` killed with -9 at the boundaries of its stages: the tables of an undisturbed run."""

import subprocess
from pathlib import Path

import pytest
from arb_command import CLOCK, Arb, home_of
from folder import DAY, DECK, Folder, before

pytestmark = pytest.mark.faults

TABLES = {
    *("catalog/products", "contents/product_singles", "prices/price_history"),
    "opportunities/arbitrage_opportunities",
}
Arguments = tuple[object, ...]


def killed_after(arb: Arb, arguments: Arguments, asset: str | None) -> list[str]:
    """Starts a run and kills it when it tells that the asset is done; the assets it told of until then."""
    arb.home.mkdir(exist_ok=True)
    output: list[str] = []
    message: list[str] = []
    with subprocess.Popen(
        arb.command(*arguments), env=arb.env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            message.append(line)
            if line.startswith("  ") and "/" in (name := line.split()[0]):
                output.append(name)
                if name == asset:
                    process.kill()
    assert process.returncode == (-9 if asset else 0), "".join(message)
    return output


def boundaries(assets: list[str]) -> list[str]:
    """The first and the last asset of each stage, and those that write tables, as they come."""
    by_stage: dict[str, list[str]] = {}
    for asset in assets:
        by_stage.setdefault(asset.split("/")[0], []).append(asset)
    ends = {asset for of_stage in by_stage.values() for asset in (of_stage[0], of_stage[-1])}
    return [asset for asset in assets if asset in ends | TABLES]


def test_a_run_killed_at_each_boundary_in_turn_gets_there(open_folder: Path) -> None:
    """In one home: the n-th run is the first to come past its n-th boundary, and is killed there."""
    folder = Folder(open_folder / "boundaries").write()
    folder.archive(before(1))
    folder.archive(DAY, {(DECK, "Normal"): (26.00, 28.00, 27.00)})
    arguments = ("run", "--data", folder.root, "--date", DAY, "--category", "mtg")
    with home_of(open_folder, "whole") as arb:
        assets = killed_after(arb, arguments, None)
        whole = arb.hashes(without=CLOCK)
    assert len(assets) > 15
    assert len(set(assets)) == len(assets)
    assert set(assets) >= TABLES
    with home_of(open_folder, "in_pieces") as arb:
        for asset in boundaries(assets):
            assert asset in killed_after(arb, arguments, asset)
        killed_after(arb, arguments, None)
        assert arb.hashes(without=CLOCK) == whole
