"""Backtests: realised margins of forecasts, and reliability of the confidence score and P(profit).

`realised` compares a day's valuations with a later day's nets, `drift` the prices themselves; `estimates` has
intervals of figures, `calibration` and `factor_scores` assess the scores. `findings` combines them. Reading
the history and valuing its days do not belong here.
"""
