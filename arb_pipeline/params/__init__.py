"""Dated parameters, each with unit, source and the day it was checked."""
