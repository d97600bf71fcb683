"""Mapping files: location and columns of one distributor's price list.

One small YAML file per distributor in the folder of `ARB_SOURCE_DISTRIBUTOR_MAPPINGS`; its name is the
distributor's. Neither Scrapy nor Twisted is imported here: a sensor looks for new files with it.
"""

import codecs
import re
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.errors import ConfigurationError
from arb_pipeline.contracts.validation import fault_text
from arb_pipeline.sources.yaml_text import OwnLoader, yaml_problem

SUFFIXES = (".yaml", ".yml")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
CURRENCY = re.compile("[A-Z]{3}")
A_DAY = date(2025, 10, 31)
Column = Annotated[str, Field(min_length=1)]


class MappingError(ConfigurationError, ValueError):
    """An invalid mapping file. The message names the file, the key, its value and what is allowed."""


class Columns(BaseModel):
    """Our fields -> the list's column headings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    price: Column
    sku: Column | None = None
    upc: Column | None = None
    name: Column | None = None
    moq: Column | None = None
    case_size: Column | None = None
    available_on: Column | None = None
    quantity: Column | None = None

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if not self.sku and not self.upc:
            msg = "price, and sku or upc: a row has to say which product it is"
            raise ValueError(msg)
        return self

    def mapped(self) -> dict[str, str]:
        """The fields that the list has."""
        return {field: column for field, column in self.model_dump().items() if column}


class PriceListMapping(BaseModel):
    """One distributor's price list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    category: str | None = None
    file: str | None = None
    url: str | None = None
    format: Literal["csv", "xlsx"]
    sheet: str | None = None
    header_row: int = Field(default=1, ge=1, le=100)
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8-sig"
    decimal: Literal[".", ","] = "."
    currency: str
    date_format: str = "%Y-%m-%d"
    columns: Columns

    @model_validator(mode="before")
    @classmethod
    def _format_by_suffix(cls, given: object) -> object:
        if isinstance(given, dict) and "format" not in given:
            path = urlsplit(str(given.get("url") or given.get("file") or "")).path
            return {**given, "format": PurePosixPath(path).suffix.lower().lstrip(".")}
        return given

    @field_validator("category")
    @classmethod
    def _known_category(cls, value: str | None) -> str | None:
        return _one_of(value, tuple(CATEGORIES)) if value is not None else None

    @field_validator("currency")
    @classmethod
    def _iso_currency(cls, value: str) -> str:
        if not CURRENCY.fullmatch(value):
            msg = "allowed: three capital letters, such as EUR"
            raise ValueError(msg)
        return value

    @field_validator("file")
    @classmethod
    def _inside(cls, value: str | None) -> str | None:
        parts = PurePosixPath(value or ".").parts
        is_inside = value != "" and ".." not in parts and not str(value).startswith("/")
        if value is not None and not (is_inside and all(part == "**" or "**" not in part for part in parts)):
            msg = "allowed: a path or pattern inside the mapping's folder, such as drop/alpha-*.csv"
            raise ValueError(msg)
        return value

    @field_validator("url")
    @classmethod
    def _fetchable(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value is not None and (parts.scheme not in {"", "https"} or "@" in parts.netloc or not parts.path):
            msg = (
                "allowed: https://host/path without a user or password, or a path below the source's own URL"
            )
            raise ValueError(msg)
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            if codecs.lookup(value) and "".encode(value) is not None:
                return value
        except LookupError:
            pass
        msg = "allowed: a text encoding that Python knows, such as utf-8-sig or cp1252"
        raise ValueError(msg)

    @field_validator("date_format")
    @classmethod
    def _whole_date(cls, value: str) -> str:
        try:
            if datetime.strptime(A_DAY.strftime(value), value).date() == A_DAY:  # noqa: DTZ007 - a day
                return value
        except ValueError:
            pass
        msg = "allowed: a format with day, month and year, such as %d.%m.%Y"
        raise ValueError(msg)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.file) == bool(self.url):
            msg = "file or url, one of them"
            raise ValueError(msg)
        return self


def mapping_files(folder: Path) -> list[Path]:
    """The mapping files of a folder, by name. Raises `MappingError` where there is no such folder."""
    if not folder.is_dir():
        msg = (
            f"{folder} is no folder. Set ARB_SOURCE_DISTRIBUTOR_MAPPINGS to the folder of the mapping files."
        )
        raise MappingError(msg)
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())


def read_mapping(path: Path) -> PriceListMapping:
    """One mapping file. Raises `MappingError`."""
    try:
        content = yaml.load(path.read_text("utf-8"), OwnLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        msg = f"{path.name} does not read as YAML: {yaml_problem(error)}"
        raise MappingError(msg) from None
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path.name} cannot be read: {error}"
        raise MappingError(msg) from error
    if not isinstance(content, dict):
        msg = f"{path.name} holds {content!r:.80}, expected keys: {', '.join(PriceListMapping.model_fields)}"
        raise MappingError(msg)
    if content.setdefault("name", path.stem) != path.stem or not NAME.fullmatch(path.stem):
        msg = (
            f"{path.name}: name is {content['name']!r}; allowed: the file's own name without its suffix, "
            "in small letters, digits, - and _"
        )
        raise MappingError(msg)
    try:
        return PriceListMapping.model_validate(content)
    except ValidationError as error:
        raise MappingError("; ".join(f"{path.name}: {_text(fault)}" for fault in error.errors())) from error


def newest_file(folder: Path, mapping: PriceListMapping) -> Path | None:
    """The file that matches a mapping's pattern and changed last; no link, no hidden file."""
    if not mapping.file:
        return None
    files = (
        path
        for path in folder.glob(mapping.file)
        if path.is_file() and not path.is_symlink() and not path.name.startswith((".", "~$"))
    )
    return max(files, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)


def watched_files(folder: Path) -> list[Path]:
    """Local files that a crawl would read now; none for an invalid mapping, which the crawl reports."""
    files = []
    for path in mapping_files(folder):
        try:
            newest = newest_file(folder, read_mapping(path))
        except MappingError:
            continue
        if newest:
            files.append(newest)
    return files


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"allowed: {', '.join(allowed)}")
    return value


def _text(fault: ErrorDetails) -> str:
    is_column = len(fault["loc"]) > 1 and fault["loc"][0] == "columns"
    return fault_text(fault, model=Columns if is_column else PriceListMapping)
