"""Two distributors' price lists: a CSV in English, and a workbook that writes numbers as in German."""

import re
from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

from openpyxl import Workbook

from arb_pipeline.simulator.cards import MAGIC
from arb_pipeline.simulator.deterministic_zip import zipped
from arb_pipeline.simulator.marketplaces.market_view import Offered, Scene

MAPPINGS = {
    "alpha": """url: alpha.csv
currency: USD
columns:
  sku: SKU
  upc: UPC
  name: Product Name
  price: Wholesale Price
  moq: MOQ
  case_size: Case Size
  available_on: Available From
""",
    "bravo": """url: bravo.xlsx
sheet: Preisliste
decimal: ","
currency: USD
date_format: "%d.%m.%Y"
columns:
  sku: Artikelnummer
  upc: EAN
  name: Bezeichnung
  price: EK netto
  moq: Mindestmenge
  case_size: VE
  available_on: Lieferbar ab
""",
}
"""The buyer's mapping file per distributor (docs/sources/distributor.md)."""
EVERY = 3
"""Each distributor lists every third product."""
ALPHA_COLUMNS = ("SKU", "UPC", "Product Name", "Wholesale Price", "MOQ", "Case Size", "Available From")
BRAVO_COLUMNS = ("Artikelnummer", "EAN", "Bezeichnung", "EK netto", "Mindestmenge", "VE", "Lieferbar ab")
_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def write(scene: Scene) -> None:
    """Everything under distributor/."""
    alpha, bravo = scene.sealed[::EVERY], scene.sealed[1::EVERY]
    rows = (
        (f"ALP-{n:05d}", _upc(item), item.name, f"{_dollars(scene, item):.2f}", *_terms(item), _from(scene))
        for n, item in enumerate(alpha, start=1)
    )
    scene.table_of("distributor/alpha.csv", ALPHA_COLUMNS, rows)
    book = Workbook()
    sheet = book.active
    sheet.title = "Preisliste"
    sheet.append(BRAVO_COLUMNS)
    for n, item in enumerate(bravo, start=1):
        name = f"{'MTG - ' if item.category_id == MAGIC else ''}{item.name} (EN)"
        day = date.fromisoformat(_from(scene)).strftime("%d.%m.%Y")
        sheet.append(
            (f"B{n:04d}", f"0{_upc(item)}", name, _german(_dollars(scene, item)), *_terms(item), day)
        )
    scene.file("distributor/bravo.xlsx", _undated(book))
    for name, mapping in MAPPINGS.items():
        scene.file(f"distributor/mappings/{name}.yaml", mapping.encode())


def _dollars(scene: Scene, product: Offered) -> float:
    return float(product.cents[-1]) * scene.rng.uniform(1.02, 1.15) / 100


def _german(amount: float) -> str:
    """1234.5 -> 1.234,50."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def _terms(product: Offered) -> tuple[int, int]:
    """Smallest order and case size; cases and displays are ordered one by one."""
    return (1, 1) if "Case" in product.name else (2, 6)


def _from(scene: Scene) -> str:
    """Day of availability: mostly now, sometimes in some weeks."""
    return (scene.end + timedelta(days=scene.rng.choice((0, 0, 0, 14, 45)))).isoformat()


def _upc(product: Offered) -> str:
    """A UPC of twelve digits, the last a check digit."""
    digits = f"19{product.product_id:09d}"
    odd, even = (sum(map(int, digits[start::2])) for start in (0, 1))
    return digits + str(-(3 * odd + even) % 10)


def _undated(book: Workbook) -> bytes:
    """Bytes of the workbook without its creation time, so that two builds are equal."""
    buffer = BytesIO()
    book.save(buffer)
    with ZipFile(buffer) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    core = "docProps/core.xml"
    return zipped(members | {core: _MODIFIED.sub(rb"\g<1>2026-01-01T00:00:00Z", members[core])})
