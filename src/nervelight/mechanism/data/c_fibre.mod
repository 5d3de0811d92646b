TITLE Membrane of an unmyelinated fibre

COMMENT
Written for Nervelight from the equations of Hodgkin AL, Huxley AF. A quantitative description of membrane current
and its application to conduction and excitation in nerve. J Physiol 1952;117:500-544, at a resting potential of -70 mV,
twelve times as fast at 37 degC, as Rattay F, Aberham M. Modeling axon membranes for functional electrical stimulation.
IEEE Trans Biomed Eng 1993;40:1201-1209 have it for warm-blooded animals. Leak is divided between sodium and potassium
from outside, so that a pump can hold the rest.
ENDCOMMENT

NEURON {
    SUFFIX nl_c
    USEION na READ ena WRITE ina
    USEION k READ ek WRITE ik
    RANGE leak_na, leak_k
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    g_na = 0.12 (S/cm2)
    g_k = 0.036 (S/cm2)
    leak_na (S/cm2)
    leak_k (S/cm2)
}

ASSIGNED {
    v (mV)
    celsius (degC)
    ena (mV)
    ek (mV)
    ina (mA/cm2)
    ik (mA/cm2)
    up[3] (/ms)
    down[3] (/ms)
}

STATE { m h n }

INITIAL {
    rates(v)
    m = up[0] / (up[0] + down[0])
    h = up[1] / (up[1] + down[1])
    n = up[2] / (up[2] + down[2])
}

BREAKPOINT {
    SOLVE gates METHOD cnexp
    ina = (g_na * m^3 * h + leak_na) * (v - ena)
    ik = (g_k * n^4 + leak_k) * (v - ek)
}

DERIVATIVE gates {
    rates(v)
    m' = up[0] * (1 - m) - down[0] * m
    h' = up[1] * (1 - h) - down[1] * h
    n' = up[2] * (1 - n) - down[2] * n
}

UNITSOFF

PROCEDURE rates(v) {
    LOCAL warm, u
    warm = 12 * 3^((celsius - 37) / 10)
    u = v + 70
    up[0] = warm * 0.1 * linoid(u - 25, 10)
    down[0] = warm * 4 * exp(-u / 18)
    up[1] = warm * 0.07 * exp(-u / 20)
    down[1] = warm / (1 + exp(-(u - 30) / 10))
    up[2] = warm * 0.01 * linoid(u - 10, 10)
    down[2] = warm * 0.125 * exp(-u / 80)
}

FUNCTION linoid(x, width) {
    if (fabs(x / width) < 1e-6) {
        linoid = width + x / 2
    } else {
        linoid = x / (1 - exp(-x / width))
    }
}

UNITSON
