"""Notifications: the rule file, dispatch, and delivery of messages."""
