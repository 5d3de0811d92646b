"""People: search, identity, consents, documents, events, export, erasure; work list and tasks."""

__all__: list[str] = []
