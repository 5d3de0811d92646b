"""The patient's pages, phone first."""

__all__: list[str] = []
