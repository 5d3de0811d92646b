"""What tissue and lamps are: spectra, scattering, layers by site, sources of light, exposure limits."""

from nervelight.optics.beams import Beam, Disc, DiscCluster, Gaussian
from nervelight.optics.chromophores import cytochrome_oxidase_extinction
from nervelight.optics.exposure_limits import (
    infrared_eye_limit,
    infrared_eye_permissible_time,
    infrared_irradiance,
    skin_mpe_multiple,
)
from nervelight.optics.field_fit import FieldFit, fit_field
from nervelight.optics.irradiance_map import IrradianceMap, Rectangle
from nervelight.optics.lamps import Category, Device, IrradianceReading, device, device_ids
from nervelight.optics.led_array import Incidence, LedArray
from nervelight.optics.panel_readings import fit_readings
from nervelight.optics.panels import PanelField
from nervelight.optics.sites import Beneath, Nerve, Site, site, site_ids
from nervelight.optics.skin import cutaneous_ending_depth, parameters_in_use, place_nerve, skin_stack
from nervelight.optics.skin_irradiance import OwnReading, SkinIrradiance, irradiance_on_skin, usable_distances
from nervelight.optics.skin_tone import melanosome_fraction_any, melanosome_fraction_interval
from nervelight.optics.spectral_shares import SpectralShares, spectral_shares
from nervelight.optics.stack import TISSUE_INDEX, LayerStack
from nervelight.optics.tissues import MODEL_PARAMETERS, TissueOptics, central_model, tissue_optics

__all__ = [
    "MODEL_PARAMETERS",
    "TISSUE_INDEX",
    "Beam",
    "Beneath",
    "Category",
    "Device",
    "Disc",
    "DiscCluster",
    "FieldFit",
    "Gaussian",
    "Incidence",
    "IrradianceMap",
    "IrradianceReading",
    "LayerStack",
    "LedArray",
    "Nerve",
    "OwnReading",
    "PanelField",
    "Rectangle",
    "Site",
    "SkinIrradiance",
    "SpectralShares",
    "TissueOptics",
    "central_model",
    "cutaneous_ending_depth",
    "cytochrome_oxidase_extinction",
    "device",
    "device_ids",
    "fit_field",
    "fit_readings",
    "infrared_eye_limit",
    "infrared_eye_permissible_time",
    "infrared_irradiance",
    "irradiance_on_skin",
    "melanosome_fraction_any",
    "melanosome_fraction_interval",
    "parameters_in_use",
    "place_nerve",
    "site",
    "site_ids",
    "skin_mpe_multiple",
    "skin_stack",
    "spectral_shares",
    "tissue_optics",
    "usable_distances",
]
