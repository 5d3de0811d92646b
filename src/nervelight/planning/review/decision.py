"""What to do next, by rule: the first rule that applies decides, and says why."""

from __future__ import annotations

from collections.abc import Mapping

from nervelight.planning.review.known import Decided, Known
from nervelight.planning.review.rules_effect import effect_rules, worse_beyond_error
from nervelight.planning.review.rules_first import delivery_rules, first_rules
from nervelight.planning.review.rules_success import after_success_rule

__all__ = ["decide"]


def decide(known: Known, limits: Mapping[str, float]) -> Decided:
    """Return the decision of the first rule that applies.

    Parameters
    ----------
    known : Known
    limits : mapping of str to float
        Thresholds by id.

    Notes
    -----
    In order: red flags, harm, pain that keeps rising, far too much light, stopped before, an adjustment that was agreed
    on, not begun, pain worse beyond error, after success, delivery, too early, days missing, pain worse, person and
    numbers disagree, better only after the light, better, possibly better, not better. No rule looks at sham: a gain
    that sham explains is a gain, but the title says that light need not be its cause.
    """
    return (
        first_rules(known)
        or worse_beyond_error(known)
        or after_success_rule(known)
        or delivery_rules(known)
        or effect_rules(known, limits)
    )
