"""Automation: schedules, sensors and upkeep."""
