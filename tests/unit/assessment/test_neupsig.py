"""The NeuPSIG grade, all sixteen cases, against figure 2 of Finnerup 2016."""

import pytest
from pydantic import ValidationError

from nervelight.assessment import NeupsigFindings, neupsig_grade
from nervelight.sources import require_known

# (history, distribution, signs, test): written out, so that the rule is not tested against itself.
GRADES = {
    (False, False, False, False): "unlikely",
    (False, False, False, True): "unlikely",
    (False, False, True, False): "unlikely",
    (False, False, True, True): "unlikely",
    (False, True, False, False): "unlikely",
    (False, True, False, True): "unlikely",
    (False, True, True, False): "unlikely",
    (False, True, True, True): "unlikely",
    (True, False, False, False): "unlikely",
    (True, False, False, True): "unlikely",
    (True, False, True, False): "unlikely",
    (True, False, True, True): "unlikely",
    (True, True, False, False): "possible",
    (True, True, True, False): "probable",
    (True, True, False, True): "probable",
    (True, True, True, True): "definite",
}


def findings(history: bool, distribution: bool, signs: bool, test: bool) -> NeupsigFindings:
    return NeupsigFindings(
        relevant_history=history,
        plausible_distribution=distribution,
        sensory_signs=signs,
        confirmatory_test=test,
    )


@pytest.mark.parametrize("answers", GRADES)
def test_truth_table(answers: tuple[bool, bool, bool, bool]) -> None:
    assert neupsig_grade(findings(*answers)).level == GRADES[answers]


@pytest.mark.parametrize("answers", GRADES)
def test_the_steps_repeat_the_answers_and_the_last_names_the_grade(
    answers: tuple[bool, bool, bool, bool],
) -> None:
    grade = neupsig_grade(findings(*answers))
    assert [step.answer for step in grade.steps] == list(answers[: len(grade.steps)])
    assert grade.level in grade.steps[-1].consequence
    assert len(grade.steps) == (4 if grade.level != "unlikely" else 1 + answers[0])


def test_only_definite_warns_that_it_is_no_proof_of_cause() -> None:
    for answers in GRADES:
        grade = neupsig_grade(findings(*answers))
        assert any("prove" in caveat for caveat in grade.caveats) == (grade.level == "definite")
        assert any("possible" in caveat for caveat in grade.caveats)


def test_source_is_known() -> None:
    require_known(neupsig_grade(findings(True, True, True, True)).sources)


@pytest.mark.parametrize("missing", NeupsigFindings.model_fields)
def test_no_finding_has_a_default(missing: str) -> None:
    answers = dict.fromkeys(NeupsigFindings.model_fields, True)
    del answers[missing]
    with pytest.raises(ValidationError, match=missing):
        NeupsigFindings(**answers)


def test_a_word_is_no_answer() -> None:
    with pytest.raises(ValidationError):
        NeupsigFindings.model_validate(dict.fromkeys(NeupsigFindings.model_fields, "yes"))
