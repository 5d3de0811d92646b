"""Accounts: set-up, log-in, second factor, invitation, own settings."""

__all__: list[str] = []
