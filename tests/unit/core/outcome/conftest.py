"""Lets these tests import `outcome_products` and the simulation of the benchmarks."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[3])]
