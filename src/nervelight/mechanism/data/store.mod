TITLE Sodium and potassium inside a fibre

COMMENT
Written for Nervelight: what crosses the membrane changes what is inside, by volume and surface of a cylinder.
ENDCOMMENT

NEURON {
    SUFFIX nl_store
    USEION na READ ina WRITE nai
    USEION k READ ik WRITE ki
}

UNITS {
    (mM) = (milli/liter)
    (um) = (micron)
    (mA) = (milliamp)
    FARADAY = (faraday) (coulomb)
}

ASSIGNED {
    diam (um)
    ina (mA/cm2)
    ik (mA/cm2)
}

STATE {
    nai (mM)
    ki (mM)
}

BREAKPOINT {
    SOLVE contents METHOD cnexp
}

DERIVATIVE contents {
    nai' = -(1e4) * 4 * ina / (diam * FARADAY)
    ki' = -(1e4) * 4 * ik / (diam * FARADAY)
}
