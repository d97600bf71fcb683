"""Alerts without their side effects: rules, what is worth telling, when, in which words.

Which rows are in the outbox and how a message leaves the machine belong to `storage` and `notifications`.
"""
