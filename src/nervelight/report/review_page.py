"""A review as one page: the decision card, with all that it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from nervelight.planning.review import Gathered, GivenSession, Review
from nervelight.report.page import Marks, environment, page_style, source_rows
from nervelight.report.review_plots import adherence_figure, delivery_figure, outcome_figure
from nervelight.report.words import chance, count, ends, first_upper, score, signed_points

__all__ = ["review_page"]


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
    drawn = (draw(review) for draw in (outcome_figure, delivery_figure, adherence_figure))
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
    return made.get_template("review.html.j2").render(
        review=review,
        css=page_style(),
        pictures=[picture for picture in drawn if picture],
        sources=source_rows(review.citations),
        marks=Marks(review.citations),
    )


def _gathered(scores: Gathered, unit: str) -> str:
    value = f"{score(scores.mean)}{' ' + unit if unit else ''}"
    if scores.possible > scores.written:
        return f"{value}, mean of {scores.written} of {count(scores.possible, 'day')}"
    return value if scores.written == 1 else f"{value}, mean of {scores.written}"


def _remarkable(sessions: Iterable[GivenSession]) -> list[GivenSession]:
    return [session for session in sessions if session.departures or session.not_recorded or session.too_much]
