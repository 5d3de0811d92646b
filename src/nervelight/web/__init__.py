"""The pages of the clinic: Django views, forms, templates. One front door; the other is the command line."""

__all__: list[str] = []
