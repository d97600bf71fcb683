"""Builds a simulated market, determined by the seed and the order of the draws."""

import random
from datetime import date
from pathlib import Path

import numpy as np

from arb_pipeline.simulator.cards import Catalog
from arb_pipeline.simulator.contents import Unpacker
from arb_pipeline.simulator.fixtures import plant
from arb_pipeline.simulator.ground_truth import Planted
from arb_pipeline.simulator.magic import build_sets
from arb_pipeline.simulator.market import World
from arb_pipeline.simulator.marketplaces import write_elsewhere
from arb_pipeline.simulator.marketplaces.market_view import Scene
from arb_pipeline.simulator.names import Namer
from arb_pipeline.simulator.pokemon import build_pokemon
from arb_pipeline.simulator.prices import simulate
from arb_pipeline.simulator.products import add_ordinary_products
from arb_pipeline.simulator.sealed import WINDOW_DAYS, price_sealed
from arb_pipeline.simulator.writers import write_archives, write_magic, write_pokemon, write_yugioh
from arb_pipeline.simulator.yugioh import build_yugioh

LAST_DAY = date(2026, 1, 31)


def build_market(folder: Path, *, seed: int = 20260101, days: int = 40, end: date = LAST_DAY) -> Planted:
    """Writes a simulated market in the sources' formats and layout; returns the planted products."""
    if days < WINDOW_DAYS:
        msg = f"days is {days}, but planted products have to hold for {WINDOW_DAYS} days: ask for that many"
        raise ValueError(msg)
    rng, generator = random.Random(seed), np.random.default_rng(seed)
    world = World(rng, Namer(rng), Catalog(rng))
    sets = build_sets(world)
    add_ordinary_products(world, sets)
    planting = plant(world, sets)
    pokemon, yugioh = build_pokemon(world), build_yugioh(world)

    singles = simulate(generator, world.catalog.quotes, days)
    unpacker = Unpacker(world)
    magic = [unpacker.sealed(product) for product in world.products.values() if product.pricing]
    sealed = price_sealed(generator, singles, [*magic, *pokemon.sealed, *yugioh.sealed], days)
    table = singles.joined(sealed)
    for distort in planting.distortions:
        distort(table)

    write_archives(folder / "tcgcsv/archive", table, end)
    write_magic(folder, world)
    write_pokemon(folder, pokemon)
    write_yugioh(folder, yugioh)
    # Other marketplaces follow the prices before the planted distortions, and list only what is listed.
    scene = Scene(folder, singles.joined(sealed), table.listed, world.set_names, end, seed)
    write_elsewhere(scene)
    opportunities = (*planting.opportunities, *pokemon.opportunities, *yugioh.opportunities)
    traps = (*planting.traps, *pokemon.traps, *yugioh.traps)
    planted = Planted(end, opportunities, traps, tuple(planting.resales))
    planted.write(folder)
    return planted
