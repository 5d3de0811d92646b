"""A review as one page: the decision card, with all that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nervelight.planning.review import Gathered, GivenSession, Review
from nervelight.report.page import Marks, environment, page_style, source_rows
from nervelight.report.picture import Picture
from nervelight.report.review_plots import adherence_figure, delivery_figure, outcome_figure
from nervelight.report.words import chance, count, ends, first_upper, score, signed_points

__all__ = ["review_card", "review_page", "review_pictures"]


def review_page(review: Review) -> str:
    """Return a review as a self-contained HTML page, without scripts and without a request to anywhere.

    Parameters
    ----------
    review : Review

    Returns
    -------
    str
        HTML5. Equal reviews give equal pages.
    """
    # A page must say the same whether the review was just made or read back.
    review = Review.model_validate_json(review.to_json())
    return _rendered("review.html.j2", review, review_pictures(review), lines_to_sign=True, css=page_style())


def review_card(review: Review, pictures: Sequence[Picture] | None = None) -> str:
    """Return a review as what stands within a page of somebody else's, without lines to sign on.

    Parameters
    ----------
    review : Review
    pictures : sequence of Picture, optional
        Those of the review, where they are drawn already.

    Returns
    -------
    str
        HTML with one ``<h1>``; pictures apart, no style and no script stands in it.
    """
    drawn = review_pictures(review) if pictures is None else pictures
    return _rendered("review_card.html.j2", review, drawn, lines_to_sign=False)


def review_pictures(review: Review) -> tuple[Picture, ...]:
    """Return the pictures of a review: pain, light delivered against planned, the calendar of sessions."""
    drawn = (draw(review) for draw in (outcome_figure, delivery_figure, adherence_figure))
    return tuple(picture for picture in drawn if picture)


def _rendered(template: str, review: Review, pictures: Sequence[Picture], **more: object) -> str:
    made = environment().overlay()
    made.filters = {
        **made.filters,
        "chance": chance,
        "ends": lambda pair: ends(pair, ".2g"),
        "first_upper": first_upper,
        "gathered": _gathered,
        "remarkable": _remarkable,
        "signed": signed_points,
    }
    return made.get_template(template).render(
        review=review, pictures=pictures, sources=source_rows(review.citations), marks=Marks(review.citations), **more
    )


def _gathered(scores: Gathered, unit: str) -> str:
    value = f"{score(scores.mean)}{' ' + unit if unit else ''}"
    if scores.possible > scores.written:
        return f"{value}, mean of {scores.written} of {count(scores.possible, 'day')}"
    return value if scores.written == 1 else f"{value}, mean of {scores.written}"


def _remarkable(sessions: Iterable[GivenSession]) -> list[GivenSession]:
    return [session for session in sessions if session.departures or session.not_recorded or session.too_much]
