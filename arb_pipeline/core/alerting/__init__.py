"""Alerts without side effects: rules, events, delivery times and texts.

Which rows are in the outbox and how a message leaves the machine belong to `storage` and `notifications`.
"""
