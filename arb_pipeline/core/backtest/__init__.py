"""What forecasts came to: their realised margins, and how far confidence and P(profit) can be trusted.

`realised` holds a day's valuations against a later day's nets, `drift` the prices themselves; `samples` says
how sure a figure is, `calibration` and `factors` what it says of the score. `findings` puts them together.
Reading the history and making the valuations of its days do not belong here.
"""

from arb_pipeline.core.backtest.findings import Findings, Scope, findings

__all__ = ["Findings", "Scope", "findings"]
