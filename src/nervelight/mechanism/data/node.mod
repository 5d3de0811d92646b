TITLE Node of Ranvier of a mammalian myelinated fibre

COMMENT
Written for Nervelight from the equations of McIntyre CC, Richardson AG, Grill WM. Modeling the excitability of
mammalian nerve fibers: influence of afterpotentials on the recovery cycle. J Neurophysiol 2002;87:995-1006: fast and
persistent sodium, slow potassium, leak. Rates are given at 20 degC (slow potassium: 36 degC).
ENDCOMMENT

NEURON {
    SUFFIX nl_node
    NONSPECIFIC_CURRENT i
    RANGE sodium, e_sodium
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    sodium = 1 (1)              : conductance of fast sodium, relative to unchanged
    e_sodium = 50 (mV)
    e_potassium = -90 (mV)      : that of the leak too
    g_fast = 3.0 (S/cm2)
    g_persistent = 0.01 (S/cm2)
    g_slow = 0.08 (S/cm2)
    g_leak = 0.007 (S/cm2)
}

ASSIGNED {
    v (mV)
    celsius (degC)
    i (mA/cm2)
    up[4] (/ms)
    down[4] (/ms)
}

STATE { m h p s }

INITIAL {
    rates(v)
    m = up[0] / (up[0] + down[0])
    h = up[1] / (up[1] + down[1])
    p = up[2] / (up[2] + down[2])
    s = up[3] / (up[3] + down[3])
}

BREAKPOINT {
    SOLVE gates METHOD cnexp
    i = (sodium * g_fast * m^3 * h + g_persistent * p^3) * (v - e_sodium) + (g_slow * s + g_leak) * (v - e_potassium)
}

DERIVATIVE gates {
    rates(v)
    m' = up[0] * (1 - m) - down[0] * m
    h' = up[1] * (1 - h) - down[1] * h
    p' = up[2] * (1 - p) - down[2] * p
    s' = up[3] * (1 - s) - down[3] * s
}

UNITSOFF

PROCEDURE rates(v) {
    LOCAL warm_m, warm_h, warm_s
    warm_m = 2.2^((celsius - 20) / 10)
    warm_h = 2.9^((celsius - 20) / 10)
    warm_s = 3.0^((celsius - 36) / 10)
    up[0] = warm_m * 1.86 * linoid(v + 21.4, 10.3)
    down[0] = warm_m * 0.086 * linoid(-v - 25.7, 9.16)
    up[1] = warm_h * 0.062 * linoid(-v - 114, 11)
    down[1] = warm_h * 2.3 / (1 + exp(-(v + 31.8) / 13.4))
    up[2] = warm_m * 0.01 * linoid(v + 27, 10.2)
    down[2] = warm_m * 0.00025 * linoid(-v - 34, 10)
    up[3] = warm_s * 0.3 / (1 + exp(-(v + 53) / 5))
    down[3] = warm_s * 0.03 / (1 + exp(-(v + 90)))
}

FUNCTION linoid(x, width) {
    if (fabs(x / width) < 1e-6) {
        linoid = width + x / 2
    } else {
        linoid = x / (1 - exp(-x / width))
    }
}

UNITSON
