"""Distributors' lists: what is read of them by their mappings, and what is said of a bad row or file."""

import zipfile
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from arb_pipeline.sources.mappings import PriceListMapping
from arb_pipeline.sources.parsing import LayoutError, tables
from arb_pipeline.sources.parsing.distributor import offers

COLUMNS = {"sku": "Art-Nr", "upc": "EAN", "name": "Bezeichnung", "price": "EK netto", "moq": "MOQ"}
COLUMNS |= {"case_size": "VE", "available_on": "Verfuegbar ab", "quantity": "Bestand"}
HEADER = "Art-Nr;EAN;Bezeichnung;EK netto;MOQ;VE;Verfuegbar ab;Bestand"
ROW = 'A-1;0820650853210;"Boosterdisplay; deutsch";1.234,50;1;6;03.11.2025;100+'
GOOD = "A-9;;Zweites;99,90;1;6;;"


def mapping(**changed: Any) -> PriceListMapping:
    given = {"name": "alpha", "file": "alpha.csv", "delimiter": ";", "decimal": ",", "currency": "EUR"}
    return PriceListMapping(**(given | {"date_format": "%d.%m.%Y", "columns": COLUMNS} | changed))


def read(*rows: str, **changed: Any) -> list[dict]:
    return offers("\r\n".join((HEADER, *rows)).encode("utf-8-sig"), mapping(**changed))


def row_of(**cells: str) -> str:
    """A row with these cells, by field."""
    return ";".join({"sku": "A-1", "price": "1,00", **cells}.get(field, "") for field in COLUMNS)


def problem(**cells: str) -> str:
    return read(row_of(**cells), GOOD)[0]["problem"]


def workbook(*rows: tuple, title: str = "Preise") -> bytes:
    book, buffer = Workbook(), BytesIO()
    book.active.title = "Hinweise"
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    book.save(buffer)
    return buffer.getvalue()


def xlsx(*rows: tuple, **changed: Any) -> list[dict]:
    given = {"format": "xlsx", "sheet": "Preise", "columns": {"sku": "SKU", "upc": "UPC", "price": "Price"}}
    return offers(workbook(*rows), mapping(**(given | changed)))


def packed(members: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def unpacked(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_german_row_is_read():
    assert read(ROW) == [
        {
            "distributor": "alpha",
            "category": None,
            "sku": "A-1",
            "upc": "0820650853210",
            "name": "Boosterdisplay; deutsch",
            "price": "1234.50",
            "currency": "EUR",
            "moq": 1,
            "case_size": 6,
            "available_on": "2025-11-03",
            "quantity": 100,
            "row": 2,
            "problem": "",
        }
    ]


@pytest.mark.parametrize(
    ("decimal", "written", "means"),
    [
        (",", "1.234,50", "1234.50"),
        (",", "1 234,5", "1234.5"),
        (",", "1\u202f234,50 €", "1234.50"),
        (",", "EUR 12,00", "12.00"),
        (",", "1.234", "1234"),
        (".", "1,234.50", "1234.50"),
        (".", "1,234,567.8", "1234567.8"),
        (".", "1'234.50", "1234.50"),
        (".", ".50", None),
        (".", "12.50", "12.50"),
        (",", "12.50", None),  # the other way of writing: which price is meant?
        (".", "12,50", None),
        (".", "1,2345", None),
        (".", "1,234'567", None),
        (".", "0,125", None),
        (".", "0.00", None),
        (".", "-5", None),
        (".", "auf Anfrage", None),
        (".", "12.50 USD", None),
        (".", "$12.50", None),
        (".", "99999999", None),
        (".", "1e3", None),
    ],
)
def test_a_price_is_read_as_its_list_writes_numbers_or_not_at_all(decimal, written, means):
    record = read(row_of(price=written), GOOD.replace(",", decimal), decimal=decimal)[0]

    assert record["price"] == means
    assert ("price: " in record["problem"]) == (means is None)


def test_a_dollar_sign_is_any_dollar():
    assert read(row_of(price="$12,50"), currency="CAD")[0]["price"] == "12.50"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"price": ""}, "price: it has none"),
        ({"sku": ""}, "neither sku nor upc"),
        ({"upc": "8,20651E+11"}, "before a spreadsheet made a rounded number of it"),
        ({"moq": "1,5"}, "moq: '1,5' is no whole number"),
        ({"case_size": "6er"}, "case_size: '6er'"),
        ({"quantity": "auf Lager"}, "quantity: 'auf Lager'"),
        ({"available_on": "sofort"}, "available_on: 'sofort' is no day written as %d.%m.%Y"),
        ({"available_on": "11/03/2025"}, "available_on"),
    ],
)
def test_a_bad_cell_costs_its_row_and_says_why(cells, message):
    assert message in problem(**cells)


def test_a_bad_row_leaves_the_others():
    result = read(GOOD, row_of(price="??", moq="x"), GOOD)

    assert [record["row"] for record in result] == [2, 3, 4]
    assert [bool(record["problem"]) for record in result] == [False, True, False]
    assert result[1]["problem"].count(";") == 1
    assert result[1]["sku"] == "A-1"


def test_headings_notes_and_blank_rows_are_no_offers():
    assert [
        r["row"] for r in read(";;Magic: The Gathering;;;;;", GOOD, ";;;;;;;", "", ";;Preise netto;;;;;")
    ] == [3]


def test_a_line_break_in_quotes_belongs_to_its_row():
    assert [(r["row"], r["name"]) for r in read('A-1;;"Zwei\r\nZeilen";5,00;;;;', GOOD)] == [
        (2, "Zwei Zeilen"),
        (4, "Zweites"),
    ]


@pytest.mark.parametrize("closing", ["A-3;;Drei;3,00;;;;", 'A-3;;Drei";3,00;;;;', 'A-3;;"Drei";3,00;;;;'])
def test_a_quote_left_open_does_not_swallow_the_rows_below(closing):
    result = read('A-1;;"Eins;1,00;;;;', "A-2;;Zwei;2,00;;;;", closing, GOOD, GOOD)

    assert [record["row"] for record in result] == [2, 3, 4, 5, 6]
    assert result[0]["problem"] == "its quotes do not match"
    assert result[1]["price"] == "2.00"


def test_a_list_whose_rows_are_mostly_bad_is_refused():
    with pytest.raises(
        LayoutError, match=r"3 offers, and 2 of them cannot be read, such as row 2: price: '1.5'"
    ):
        read(row_of(price="1.5"), row_of(price="2.5"), GOOD)


def test_a_list_without_an_offer_is_refused():
    with pytest.raises(LayoutError, match="0 offers"):
        read(";;nur ein Hinweis;;;;;")


def test_a_missing_column_is_named_with_those_there_are():
    with pytest.raises(LayoutError, match=r"no column 'Netto' for price; row 1 has 'Art-Nr', 'EAN'"):
        read(ROW, columns={"sku": "Art-Nr", "price": "Netto"})


def test_a_column_that_is_there_twice_is_no_guess():
    with pytest.raises(LayoutError, match="2 columns 'EK netto'"):
        offers(b"Art-Nr;EK netto;EK netto\n1;2;3", mapping(columns={"sku": "Art-Nr", "price": "EK netto"}))


def test_headings_agree_whatever_their_spaces_and_letters():
    assert (
        offers(b" ART-NR ;EK  Netto\n1;2", mapping(columns={"sku": "Art-Nr", "price": "EK netto"}))[0][
            "price"
        ]
        == "2"
    )


def test_the_header_may_stand_further_down():
    body = f"Preisliste;;\n\n{HEADER}\n{ROW}".encode()

    assert offers(body, mapping(header_row=3))[0]["row"] == 4


def test_another_encoding_is_read_and_a_wrong_one_is_reported():
    body = "Art-Nr;Bezeichnung;EK netto\n1;Schlüssel;2".encode("cp1252")
    columns = {"sku": "Art-Nr", "name": "Bezeichnung", "price": "EK netto"}

    assert offers(body, mapping(encoding="cp1252", columns=columns))[0]["name"] == "Schlüssel"
    with pytest.raises(LayoutError, match=r"no text in utf-8-sig .* byte 34\); set its encoding"):
        offers(body, mapping(columns=columns))


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(tables, "MAX_ROWS", 3)

    assert len(read(GOOD, GOOD)) == 2
    with pytest.raises(LayoutError, match="more than 3 rows"):
        read(GOOD, GOOD, GOOD, GOOD)
    with pytest.raises(LayoutError, match="more than 3 rows"):
        xlsx(("SKU", "UPC", "Price"), *[(1, None, 2.5)] * 4)


def test_a_workbook_is_read_with_its_own_numbers_and_days():
    when = datetime(2025, 11, 3, tzinfo=UTC).replace(tzinfo=None)
    columns = {"sku": "SKU", "upc": "UPC", "price": "Price", "moq": "MOQ", "available_on": "From"}
    header = ("SKU", "UPC", "Price", "MOQ", "From")
    first, second = xlsx(
        ("Liste",), (), header, (1001, 820650853210.0, 14.98 * 3, 2.0, when), (), ("B", None, "1.234,50", "6", None),
        header_row=3, columns=columns,
    )  # fmt: skip

    assert (first["sku"], first["upc"], first["price"], first["moq"]) == ("1001", "820650853210", "44.94", 2)
    assert first["available_on"] == "2025-11-03"
    assert (second["row"], second["price"], second["moq"]) == (6, "1234.50", 6)


@pytest.mark.parametrize("cell", [True, "#N/A", datetime(2025, 1, 1), 0, -1.5, None, 1e300])  # noqa: DTZ001 - Excel's
def test_a_price_cell_that_is_no_price_costs_its_row(cell):
    good = ("B", None, 2.5)

    assert "price" in xlsx(("SKU", "UPC", "Price"), ("A", None, cell), good)[0]["problem"]


def test_a_sheet_that_is_not_there_is_named_with_those_there_are():
    with pytest.raises(LayoutError, match=r"no sheet 'Prices'; it has \['Hinweise', 'Preise'\]"):
        xlsx(("SKU", "UPC", "Price"), sheet="Prices")


def test_a_workbook_that_would_unpack_without_end_is_not_opened(monkeypatch):
    monkeypatch.setattr(tables, "MAX_UNPACKED", 5_000_000)
    bomb = packed({"xl/workbook.xml": bytes(6_000_000)})

    assert len(bomb) < 10_000
    with pytest.raises(LayoutError, match=r"unpack to 6,000,000 bytes .* it was not opened"):
        offers(bomb, mapping(format="xlsx"))


@pytest.mark.parametrize(
    "body", [b"", b"%PDF-1.7 ...", b"PK\x03\x04 cut", packed({"hello.txt": b"hi"}), workbook(("SKU",))[:-200]]
)
def test_what_is_no_workbook_is_refused(body):
    with pytest.raises(LayoutError, match="XLSX"):
        offers(body, mapping(format="xlsx"))


def test_entities_in_a_workbook_are_refused():
    members = unpacked(workbook(("SKU", "UPC", "Price"), ("A", None, 2.5)))
    dtd = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    for name in ("xl/worksheets/sheet2.xml", "xl/workbook.xml"):
        changed = dtd + members[name].replace(b'<?xml version="1.0"?>', b"")
        with pytest.raises(LayoutError):
            offers(packed(members | {name: changed.replace(b"Preise", b"&b;")}), mapping(format="xlsx"))


def test_a_sheet_that_lies_about_its_size_is_read_as_it_is(monkeypatch):
    monkeypatch.setattr(tables, "LAST_ROW", 10_000)
    members = unpacked(workbook(("SKU", "UPC", "Price"), ("A", None, 2.5)))
    name = "xl/worksheets/sheet2.xml"
    lies = members[name].replace(b'ref="A1:C2"', b'ref="A1:XFD1048576"')
    columns = {"sku": "SKU", "price": "Price"}
    result = offers(packed(members | {name: lies}), mapping(format="xlsx", sheet="Preise", columns=columns))
    below = members[name].replace(b'r="2"', b'r="99999999999"')

    assert lies != members[name]
    assert [record["price"] for record in result] == ["2.5"]
    with pytest.raises(LayoutError, match="below row 10,000"):
        offers(packed(members | {name: below}), mapping(format="xlsx", sheet="Preise", columns=columns))


def test_a_binary_file_called_csv_is_refused():
    with pytest.raises(LayoutError, match="binary, no CSV"):
        offers(b"PK\x00\x00", mapping())
