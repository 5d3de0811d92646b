"""Limits that the checks hold a plan against, each with its reason."""

# IEC 62471: the infrared hazard of cornea and lens counts from 780 nm; visible red does not.
INFRARED_FROM_NM = 780.0
# Fluence-rate ratios beyond these were not tested by anybody: reciprocity is not assumed.
RATE_RATIO_RANGE = (1.0 / 3.0, 3.0)
# IEC 60601-1 Table 24 allows parts at 43 degC on the skin for 10 min or more; not read in the standard itself.
SKIN_STOP_C = 43.0
# Proposed caps below it: what the skin should not pass, and the stricter one where heat is not felt.
SKIN_CAP_C, SKIN_CAP_NUMB_C, SKIN_RISE_C = 42.0, 40.0, 5.0
CEM43_CAP_MIN, CEM43_CAP_NUMB_MIN = 9.0, 2.0
