"""Access control: users, roles, API keys, sessions, sign-in, throttling and the audit log."""
