TITLE Sodium pump: three sodium out, two potassium in

COMMENT
Written for Nervelight. Three equal sites for sodium inside, saturating; its half-value is an assumption. Potassium outside
is held. `strength` is what is left of the pump.
ENDCOMMENT

NEURON {
    SUFFIX nl_pump
    USEION na READ nai WRITE ina
    USEION k WRITE ik
    RANGE strength, rest, nai_rest, half
}

UNITS {
    (mM) = (milli/liter)
    (mA) = (milliamp)
}

PARAMETER {
    strength = 1 (1)
    rest (mA/cm2)       : net current of the whole pump where sodium inside is nai_rest
    nai_rest (mM)
    half (mM)
}

ASSIGNED {
    nai (mM)
    ina (mA/cm2)
    ik (mA/cm2)
    net (mA/cm2)
}

BREAKPOINT {
    net = strength * rest * ((nai / (nai + half)) / (nai_rest / (nai_rest + half)))^3
    ina = 3 * net
    ik = -2 * net
}
