"""What was planned, given and felt: a record that is written, amended, and never edited.

A Django app. Nothing below this room knows Django, and nothing here knows the pages.
"""

__all__: list[str] = []
