"""Courses: sessions, questionnaires, the course's page, the decision card."""

__all__: list[str] = []
