"""Words for the state of a patient. None of them has a default: each must be asked."""

from __future__ import annotations

from typing import Literal

__all__ = ["EyeProtection", "Perfusion", "Phototype", "Sensation"]

Phototype = Literal["I", "II", "III", "IV", "V", "VI"]
"""Fitzpatrick skin type, I the fairest."""

Sensation = Literal["intact", "reduced", "absent"]
"""Protective sensation at the site. Who cannot feel heat cannot say that it is too hot."""

Perfusion = Literal["normal", "impaired"]
"""Blood supply at the site. Blood carries heat away."""

EyeProtection = Literal["goggles", "shielding", "none"]
"""What keeps the light from the patient's eyes during a session."""
