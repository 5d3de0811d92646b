"""What light may do to a nerve: a hypothesis that can be run, labelled so.

Nothing here chooses a light, and planning may not import this room. Fluence rate and temperature at the target come in
from outside.

===================  ============================================================================================
module               what
===================  ============================================================================================
``model.ant``        ten states of a cell, in Antimony (``data/``)
``priors``           what is not known about them; switches of hypotheses; disease states; draws
``photons``          absorptions of the enzyme; the range in which the model may be asked
``engine``           SBML, run by libRoadRunner, which is loaded when first needed
``sbml``             the same for other tools, with what it is written into it
``conduction``       what pump, temperature, sodium, myelin and diameter do to a fibre, from tables
``simulator``        two fibres in the NEURON simulator, to hold those tables against
``session``          sessions of light as distributions, with the twin that is only warmed
``arrows``           the chain with evidence for and against
``observations``     what was seen under light
``scores``           how well the model says it
===================  ============================================================================================
"""

from nervelight.mechanism.arrows import Arrow, arrow_sources, arrows, arrows_document, weakest_status
from nervelight.mechanism.conduction import Conditions, fibre, fibre_names, q10, velocity
from nervelight.mechanism.engine import BANNER, model_text
from nervelight.mechanism.observations import Observation, observations
from nervelight.mechanism.photons import absorption_rate, check_validity
from nervelight.mechanism.priors import (
    Switches,
    fitted_sets,
    mechanism_parameters,
    read_switches,
    state_names,
    state_of,
)
from nervelight.mechanism.sbml import export_sbml
from nervelight.mechanism.scores import Scores, score_model, scores_document
from nervelight.mechanism.session import Result, Session, Warming, as_document, run_session
from nervelight.mechanism.simulator import (
    FibreCheck,
    Slope,
    fibre_checks,
    fibre_slopes,
    fibres_document,
    membrane_texts,
)

__all__ = [
    "BANNER",
    "Arrow",
    "Conditions",
    "FibreCheck",
    "Observation",
    "Result",
    "Scores",
    "Session",
    "Slope",
    "Switches",
    "Warming",
    "absorption_rate",
    "arrow_sources",
    "arrows",
    "arrows_document",
    "as_document",
    "check_validity",
    "export_sbml",
    "fibre",
    "fibre_checks",
    "fibre_names",
    "fibre_slopes",
    "fibres_document",
    "fitted_sets",
    "mechanism_parameters",
    "membrane_texts",
    "model_text",
    "observations",
    "q10",
    "read_switches",
    "run_session",
    "score_model",
    "scores_document",
    "state_names",
    "state_of",
    "velocity",
    "weakest_status",
]
