"""The clinic: settings, accounts, audit."""

__all__: list[str] = []
