"""Limits that the checks hold a plan against, each with its reason."""

# Rule of this project: reciprocity is not assumed, and beyond these ratios a trial does not speak for a plan.
RATE_RATIO_RANGE = (1.0 / 3.0, 3.0)
# IEC 60601-1 Table 24 allows parts at 43 degC on the skin for 10 min or more; not read in the standard itself.
SKIN_STOP_C = 43.0
# Proposed caps below it: what the skin should not pass, and the stricter one where heat is not felt.
SKIN_CAP_C, SKIN_CAP_NUMB_C, SKIN_RISE_C = 42.0, 40.0, 5.0
CEM43_CAP_MIN, CEM43_CAP_NUMB_MIN = 9.0, 2.0
