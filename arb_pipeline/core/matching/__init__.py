"""Matching of listing titles to sealed products: one product, or none with the reason.

Pure: reading a title (`titles`), conflicts between title and product (`conflicts`), and two ways to look
products up: by every word of their names (`Catalogue`), or by declared terms (`Registry`). Matching by id
comes first and belongs to the loads. No score and no threshold: a title that nearly fits fits nothing.
"""

from arb_pipeline.core.matching.catalogue import Catalogue
from arb_pipeline.core.matching.registry import Registry
from arb_pipeline.core.matching.result import MATCHED, Match, Reason
from arb_pipeline.core.matching.titles import read

__all__ = ["MATCHED", "Catalogue", "Match", "Reason", "Registry", "match"]


def match(title: str, catalogue: Catalogue | Registry) -> Match:
    """The one product that the title names, else why there is none."""
    return catalogue.find(read(title))
