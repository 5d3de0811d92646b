"""Plans: the case as a guided form with a live preview, versions, comparison, signature."""

__all__: list[str] = []
