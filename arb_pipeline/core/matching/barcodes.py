"""Barcodes (GTIN) in one spelling, so that lists of different origin agree."""

import re

GTIN_LENGTH = 14
UPC_LENGTH = 12


def barcode(text: str) -> str | None:
    """A UPC or EAN in one spelling: UPC-A's 12 digits, or 13 or 14. None where its check digit is wrong.

    Spreadsheets drop leading zeros, and Europeans write a UPC with one more: both mean the same article.
    """
    digits = re.sub(r"[\s-]", "", text)
    if not re.fullmatch(r"[0-9]{8,14}", digits):
        return None
    padded = digits.zfill(GTIN_LENGTH)
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(padded))
    return padded.lstrip("0").zfill(UPC_LENGTH) if total % 10 == 0 and total else None
