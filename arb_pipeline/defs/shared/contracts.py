"""Assets with contracts on their frames: each contract is a blocking check of its asset.

`conform` validates where a frame is made, deep in the core. Here its verdict becomes the check's result, in
the same step: no row is validated twice.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any

import dagster as dg
import polars as pl

from arb_pipeline.contracts.base import BrokenContractError, Contract, Fault, check_columns
from arb_pipeline.defs.shared.preview import markdown

CHECK = "contract"
Made = Callable[[Callable[..., Any]], dg.AssetsDefinition]
Promised = Mapping[str, tuple[dg.AssetKey, type[Contract]]]
"""Name of an output -> its asset and contract."""


def contracted_asset(
    contract: type[Contract], *, key: dg.AssetKey, check_specs: Sequence[dg.AssetCheckSpec] = (), **more: Any
) -> Made:
    """`dg.asset` of a frame with a contract. The function gives a MaterializeResult, or yields as ever."""
    promised = {"result": (key, contract)}
    specs = [*_specs(promised), *check_specs]
    return lambda made: dg.asset(key=key, check_specs=specs, **more)(_checking(made, promised, ()))


def contracted_assets(
    contracts: Mapping[str, type[Contract]],
    *,
    outs: Mapping[str, dg.AssetOut],
    check_specs: Sequence[dg.AssetCheckSpec] = (),
    beside: Sequence[str] = (),
    **more: Any,
) -> Made:
    """`dg.multi_asset` of frames with contracts, by output. `beside`: columns beyond the contract's."""
    promised = {name: (outs[name].key, contract) for name, contract in contracts.items()}
    specs = [*_specs(promised), *check_specs]
    return lambda made: dg.multi_asset(outs=outs, check_specs=specs, **more)(
        _checking(made, promised, beside)
    )


def _specs(promised: Promised) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(CHECK, asset=key, blocking=True, description=_description(contract))
        for key, contract in promised.values()
    ]


def _description(contract: type[Contract]) -> str:
    """Summary of a contract's rules."""
    columns = contract.to_schema().columns.values()
    about = (contract.__doc__ or "").partition("\n")[0]
    ruled = sum(bool(column.checks or column.unique) for column in columns)
    filled = sum(not column.nullable for column in columns)
    return (
        f"{contract.__name__}: {about} {len(columns)} columns of the types declared, {filled} of them"
        f" without a null, {ruled} with rules for their values (arb_pipeline/contracts)."
    )


def _checking(made: Callable[..., Any], promised: Promised, beside: Sequence[str]) -> Callable[..., Any]:
    @wraps(made)
    def checked(*args: Any, **kwargs: Any) -> Iterator[dg.Output[Any] | dg.AssetCheckResult]:
        try:
            for result in _results(made(*args, **kwargs)):
                if isinstance(result, dg.Output) and result.output_name in promised:
                    key, contract = promised[result.output_name]
                    check_columns(result.value, contract, beside=beside)  # before it is written
                    yield _versioned(result)
                    yield _kept(key, contract, result.value)
                else:
                    yield result
        except BrokenContractError as error:
            key = next((key for key, contract in promised.values() if contract is error.contract), None)
            if key is None:
                raise
            yield _broken(key, error)
            message = f"{key.to_user_string()} breaks its contract {error}. Nothing of it is handed on."
            raise dg.Failure(description=message, allow_retries=False) from error

    return checked


def _results(given: Any) -> Iterator[Any]:
    """Results of a function that returns a MaterializeResult, or yields outputs and check results."""
    if isinstance(given, dg.MaterializeResult):
        yield dg.Output(
            given.value, metadata=given.metadata, data_version=given.data_version, tags=given.tags
        )
        yield from given.check_results or ()
    else:
        yield from given


def _versioned(result: dg.Output[Any]) -> dg.Output[Any]:
    """The output with a version of its data: the same rows have the same, in whatever order."""
    frame: pl.DataFrame = result.value
    rows = frame.select(pl.struct(pl.all()).hash(0).sum()).item() if frame.height and frame.width else 0
    version = dg.DataVersion(f"{frame.height}-{rows:016x}")
    name, metadata = result.output_name, result.metadata
    with warnings.catch_warnings():  # it says that it is in beta, for each frame
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.Output(frame, name, metadata=metadata, data_version=version, tags=result.tags)


def _kept(key: dg.AssetKey, contract: type[Contract], frame: pl.DataFrame) -> dg.AssetCheckResult:
    metadata = {"contract": contract.__name__, "rows": frame.height, "columns": frame.width}
    return dg.AssetCheckResult(check_name=CHECK, asset_key=key, passed=True, metadata=metadata)


def _broken(key: dg.AssetKey, error: BrokenContractError) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=CHECK,
        asset_key=key,
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR,
        description=str(error),
        metadata={
            "contract": error.contract.__name__,
            "rules_broken": len(error.faults),
            "faults": dg.MetadataValue.md(markdown(_table(error.faults), rows=len(error.faults))),
        },
    )


def _table(faults: Sequence[Fault]) -> pl.DataFrame:
    rows = [(fault.column, fault.rule, fault.rows, ", ".join(fault.values)) for fault in faults]
    schema = {"column": pl.String, "rule": pl.String, "rows": pl.Int64, "values": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
