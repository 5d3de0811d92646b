"""How days and times are written, by language."""

__all__: list[str] = []
