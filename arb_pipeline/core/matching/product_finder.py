"""Sealed product of a price list's row: by id, else by name; None unless it is unique."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import polars as pl

from arb_pipeline.core.matching import Catalogue, match
from arb_pipeline.core.matching.barcodes import barcode

SHOWN = 4
"""Names that a reason lists."""
ID_FIELDS = ("id", "tcg_product_id", "upc")


class Found(NamedTuple):
    """A product and the field it was found by, or kind and text of the reason that there is none."""

    product_id: str | None
    by: str
    reason: str = ""
    candidates: tuple[str, ...] = ()
    """Ids of candidate products, where none is found."""


class ProductFinder:
    """Sealed products by product id, TCGplayer id, barcode, exact name, or title."""

    def __init__(self, sealed: pl.DataFrame, ids: pl.DataFrame, draws: pl.DataFrame | None = None) -> None:
        """Indexes `sealed` (contract `SealedProducts`) by `ids` (`MarketplaceIds`) and by name.

        `draws` (contract `Draws`): a title with another number of packs than a product holds is not it.
        """
        self._names = dict(sealed.select("product_id", "name").iter_rows())
        barcodes = ids.filter(
            (pl.col("id_kind") == "upc") & pl.col("product_id").is_in(sealed["product_id"].implode())
        )
        self._by: dict[str, Mapping[str, set[str]]] = {
            "id": {key: {key} for key in self._names},
            "tcg_product_id": _several(
                sealed.select("tcg_product_id", "product_id").drop_nulls().iter_rows()
            ),
            "upc": _several(barcodes.select("marketplace_id", "product_id").iter_rows()),
        }
        self._by_name = _several((name.casefold(), key) for key, name in self._names.items())
        self._catalogue = catalogue_of(sealed, draws)

    def find(self, given: Mapping[str, str]) -> Found:
        """`given`: of `product` (a name or an id), `name` and `ID_FIELDS` those that are given.

        Ids come first. Ids that disagree, and an id of another product than the name's, are a contradiction.
        """
        given_ids = {field: text for field in ID_FIELDS if (text := given.get(field, ""))}
        names = [text for field in ("name", "product") if (text := given.get(field, ""))]
        if "product" in given and (given["product"].isdigit() or given["product"].lower() in self._names):
            field = "tcg_product_id" if given["product"].isdigit() else "id"
            given_ids.setdefault(field, given["product"])
            names.remove(given["product"])
        by_id = {field: key for field, text in given_ids.items() if (key := self._of_id(field, text))}
        by_name = self._of_name(names[0]) if names else None
        claims = dict(by_id)
        if (
            "id" in given_ids
            and "id" not in by_id
            and (other := self._of_id("tcg_product_id", given_ids["id"]))
        ):
            claims["id"] = other  # or a shop's own number: it finds nothing, yet is not passed over
        meant = {*claims.values()} | ({by_name.product_id} if by_name and by_name.product_id else set())
        if len(meant) > 1 and claims:
            contradictions = [
                f"{field} {given_ids[field]!r} is {self._names[key]!r}" for field, key in claims.items()
            ]
            if by_name and by_name.product_id:
                contradictions.append(f"the name is that of {self._names[by_name.product_id]!r}")
            return Found(None, "contradiction", "; ".join(contradictions), tuple(sorted(meant)))
        if by_id:
            return Found(next(iter(by_id.values())), next(iter(by_id)))
        if by_name:
            return by_name
        if given_ids:
            unknown = [f"{field} {text!r}" for field, text in given_ids.items()]
            reason = f"no one sealed product has the {' or '.join(unknown)}"
            if other := claims.get("id"):
                reason += f"; {self._names[other]!r} has it at TCGplayer: read the column as tcg_product_id"
            return Found(None, "unknown_id", reason, tuple(claims.values()))
        return Found(None, "no_product", "the row names no product")

    def _of_id(self, field: str, text: str) -> str | None:
        key = {"upc": barcode(text), "id": text.lower()}.get(field, text)
        ids = self._by[field].get(key or "", set())
        return next(iter(ids)) if len(ids) == 1 else None

    def _of_name(self, name: str) -> Found:
        exact = self._by_name.get(name.casefold(), set())
        if len(exact) == 1:
            return Found(next(iter(exact)), "name")
        if exact:
            reason = f"{name!r} is the name of {len(exact)} products; give an id"
            return Found(None, "ambiguous", reason, tuple(sorted(exact)))
        match_ = match(name, self._catalogue)
        if match_.product_id:
            return Found(match_.product_id, "title")
        candidates = [repr(self._names[key]) for key in match_.candidates[:SHOWN]]
        may_be = f": may be {', '.join(candidates)}" if candidates else ""
        reason = str(match_.reason)
        texts = {
            "unknown": f"{name!r} names no sealed product that is known",
            "ambiguous": f"{name!r} may be several products",
        }
        text = texts.get(reason, f"{name!r} reads as: {reason.replace('_', ' ')}") + may_be
        return Found(None, reason, text, tuple(match_.candidates[:SHOWN]))


def catalogue_of(sealed: pl.DataFrame, draws: pl.DataFrame | None) -> Catalogue:
    """Sealed products (contract `SealedProducts`) by their names, with the packs that each holds.

    `draws` (contract `Draws`): a title with another number of packs than a product holds is not it. None:
    contents are not known yet, and any number fits.
    """
    listed = sealed.with_columns(set_name="set_code")
    if draws is not None:
        listed = listed.join(pack_counts(draws), on="product_id", how="left")
    return Catalogue.of(listed)


def pack_counts(draws: pl.DataFrame) -> pl.DataFrame:
    """Packs per sealed product (columns product_id, pack_count); products with a mixture are left out.

    Of a mixture, the number of packs depends on the alternative that comes.
    """
    return (
        draws.group_by(product_id=pl.col("sealed_product_id").cast(pl.String))
        .agg(
            is_fixed=(pl.col("bundle") == 0).all(),
            pack_count=pl.col("quantity").filter(pl.col("pack") != "").sum().cast(pl.Int64),
        )
        .filter(pl.col("is_fixed") & (pl.col("pack_count") > 0))
        .select("product_id", "pack_count")
    )


def _several(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    by_key: dict[str, set[str]] = defaultdict(set)
    for key, product_id in pairs:
        by_key[key].add(product_id)
    return dict(by_key)
