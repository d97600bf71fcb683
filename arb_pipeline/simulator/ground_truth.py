"""Ground truth of a simulated market (`planted.json`). `fixtures` plants the products."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Self

FILE_NAME = "planted.json"


@dataclass(frozen=True)
class Opportunity:
    """A product that a detector must publish."""

    name: str
    set_code: str
    category: str
    tcg_product_id: int
    kind: str


@dataclass(frozen=True)
class Trap:
    """A product with a high apparent margin that must not be published."""

    name: str
    set_code: str
    category: str
    tcg_product_id: int
    kind: str
    why: str


@dataclass(frozen=True)
class Planted:
    """Ground truth of a simulated market, as of its last day."""

    as_of: date
    opportunities: tuple[Opportunity, ...]
    traps: tuple[Trap, ...]
    resales: tuple[Opportunity, ...] = ()
    """Worth buying to resell unopened, and not to open."""

    def write(self, folder: Path) -> None:
        """Write `planted.json` at the root of the market's folder."""
        body = asdict(self) | {"as_of": self.as_of.isoformat()}
        (folder / FILE_NAME).write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what `write` wrote."""
        body = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return cls(
            as_of=date.fromisoformat(body["as_of"]),
            opportunities=tuple(Opportunity(**row) for row in body["opportunities"]),
            traps=tuple(Trap(**row) for row in body["traps"]),
            resales=tuple(Opportunity(**row) for row in body.get("resales", ())),
        )
