"""What is known: evidence, claims, lamps."""

__all__: list[str] = []
