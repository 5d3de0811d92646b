"""The bioheat engine against closed forms, balances of energy, its own refinement and an upper bound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import erfc, erfcx

from nervelight.errors import ValidityError
from nervelight.optics import Disc, Gaussian
from nervelight.transport import (
    ThermalLayers,
    cem43,
    heat_cells,
    heat_frequencies,
    heat_steps,
    thermal_properties,
    warm,
)

LEG = {
    "thickness": (0.015, 0.06, 1.4, 5.0, np.inf),
    "tissue": ("stratum_corneum", "epidermis", "dermis", "subcutaneous_fat", "muscle"),
    "perfusion_factor": 1.0,
    "surface_coefficient": 8e-6,
    "air_temperature": 25.0,
}
INSULATED = {"perfusion_factor": 0.0, "surface_coefficient": 0.0, "air_temperature": 25.0}
SKIN = thermal_properties().tissues["skin"]
DIFFUSIVITY = SKIN.conductivity / SKIN.volumetric_heat_capacity


def film(frequency, depth):
    """All light in the uppermost cell, whatever the frequency: heat at the surface."""
    density = np.zeros((len(depth), len(frequency), depth.shape[1]))
    density[..., 0] = 1 / (2 * depth[:, :1])
    return density


def beer_lambert(mu_a):
    """Light that is absorbed and not scattered."""

    def absorbed(frequency, depth):
        density = mu_a * np.exp(-mu_a * depth)[:, None]
        return np.broadcast_to(density, (len(depth), len(frequency), depth.shape[1]))

    return absorbed


def light_in(thickness):
    """Something like light in skin: a dark epidermis, and scattered light that damps fine patterns with depth."""
    top, bottom = np.cumsum(np.atleast_2d(thickness)[:, :2], axis=-1).T[..., None]

    def absorbed(frequency, depth):
        damping = np.hypot(0.25, frequency)[:, None]
        scattered = 3 * np.exp(-damping * depth[:, None]) * 0.25 / damping
        mu_a = np.where((depth > top) & (depth < bottom), 1.0, 0.03)
        return mu_a[:, None] * (scattered + np.exp(-20 * depth)[:, None])

    return absorbed


skin_light = light_in(LEG["thickness"])


def upper_bound(absorbed, seconds, *, thickness, tissue, perfusion_factor, surface_coefficient, air_temperature):
    """Steady and final temperature of the surface where all light that is absorbed is put on it.

    Nodes on the faces of other cells, and exact in time by eigenvectors: another program than the one under test. No
    other depth makes the surface warmer. Heat released at z warms the surface as much as heat released at the surface
    warms z, which is less than it warms the surface itself.
    """
    data = thermal_properties()
    depth, layers = np.zeros(1), []
    for of, layer in zip(tissue, thickness, strict=True):
        count = int(np.ceil(np.log1p(layer / (1 + depth[-1])) / 0.02))
        grown = (1 + depth[-1]) * (1 + layer / (1 + depth[-1])) ** (np.arange(1, count + 1) / count) - 1
        depth = np.append(depth, grown)
        blood = perfusion_factor * data.blood_heat_exchange(of)
        made_of = data.tissues[of]
        metabolic = min(perfusion_factor, 1.0) * made_of.volumetric_metabolic_heat
        layers += [(made_of.conductivity, made_of.volumetric_heat_capacity, blood, metabolic)] * count
    size = np.diff(depth)
    conductivity, *per_volume = np.array(layers).T
    # Half of each cell belongs to the node above it, half to the node below; the lowest node never changes.
    half = np.array(per_volume) * size / 2
    capacity, blood, metabolic = half + np.pad(half[:, :-1], ((0, 0), (1, 0)))
    conductance = conductivity / size
    loss = np.diag(blood + conductance + np.append(surface_coefficient, conductance[:-1]))
    loss -= np.diag(conductance[:-1], 1) + np.diag(conductance[:-1], -1)
    supply = metabolic + blood * 37.0
    supply[0] += surface_coefficient * air_temperature
    supply[-1] += conductance[-1] * 37.0
    start = np.linalg.solve(loss, supply)[0]
    root = np.sqrt(capacity)
    rates, vectors = np.linalg.eigh(loss / np.outer(root, root))
    return start, start - absorbed * np.sum((vectors[0] / root[0]) ** 2 / rates * np.expm1(-seconds * rates))


def rise_of(warming):
    return warming.temperature - warming.start[..., None, None]


def surface_rise(warming):
    return warming.surface - warming.surface_start[:, None]


def ierfc(x):
    return np.exp(-(x**2)) / np.sqrt(np.pi) - x * erfc(x)


class TestClosedForms:
    def test_slab_without_blood_reaches_its_steady_state(self):
        slab = ThermalLayers([20.0], ("skin",), 0.0, 1e-5, 25.0)
        found = warm(slab, film, irradiance=1e-4, exposure_time=1e6, depth=[0.0, 10.0, 20.0])
        # q / (h + k / L) for 100 W/m2, 10 W/m2/K, 0.37 W/m/K and 20 mm.
        assert surface_rise(found)[0, -1] == pytest.approx(3.509, abs=1e-3)
        assert rise_of(found)[0, 1:, 0, -1] == pytest.approx([3.509 / 2, 0.0], abs=1e-3)
        assert found.surface_start[0] == pytest.approx(25 + 12 * 18.5 / 28.5, abs=1e-6)

    def test_layers_conduct_one_after_the_other(self):
        layers = ThermalLayers([2.0, 6.0, 30.0], ("skin", "fat", "muscle"), 0.0, 8e-6, 25.0)
        found = warm(layers, film, irradiance=2e-4, exposure_time=1e7, depth=[2.0, 8.0])
        inward = 1 / (2 / 0.37e-3 + 6 / 0.21e-3 + 30 / 0.49e-3)
        top = 2e-4 / (8e-6 + inward)
        expected = top - top * inward * np.array([2 / 0.37e-3, 2 / 0.37e-3 + 6 / 0.21e-3])
        assert surface_rise(found)[0, -1] == pytest.approx(top, rel=1e-3)
        assert rise_of(found)[0, :, 0, -1] == pytest.approx(expected, rel=2e-3)

    def test_a_finger_loses_heat_on_both_sides(self):
        finger = ThermalLayers([12.0], ("skin",), 0.0, 9e-6, 22.0, beneath="air")
        found = warm(finger, film, irradiance=2e-4, exposure_time=1e6, depth=[0.0, 12.0])
        through = 1 / (12 / 0.37e-3 + 1 / 9e-6)
        near = 2e-4 / (9e-6 + through)
        assert rise_of(found)[0, :, 0, -1] == pytest.approx([near, near * through / 9e-6], rel=1e-3)
        assert found.start == pytest.approx(22.0)

    @pytest.mark.parametrize("seconds", [10.0, 100.0, 1000.0])
    def test_constant_flux_into_a_half_space(self, seconds):
        body = ThermalLayers([np.inf], ("skin",), **INSULATED)
        found = warm(body, film, irradiance=1e-3, exposure_time=seconds, depth=0.0)
        late = found.times > seconds / 2
        expected = 2e-3 * np.sqrt(DIFFUSIVITY * found.times[late] / np.pi) / SKIN.conductivity
        # The light sits in 5 um instead of at the surface.
        assert surface_rise(found)[0, late] == pytest.approx(expected, rel=3e-3)

    @pytest.mark.parametrize("mu_a", [0.3, 1.0, 5.0, 20.0])
    @pytest.mark.parametrize("seconds", [1.0, 60.0, 1200.0])
    def test_absorbed_light_in_a_half_space(self, mu_a, seconds):
        body = ThermalLayers([np.inf], ("skin",), **INSULATED)
        found = warm(body, beer_lambert(mu_a), irradiance=1e-3, exposure_time=seconds, depth=0.0)
        late = found.times > seconds / 4
        length = np.sqrt(DIFFUSIVITY * found.times[late])
        expected = 1e-3 / SKIN.conductivity * (2 * length / np.sqrt(np.pi) - (1 - erfcx(mu_a * length)) / mu_a)
        assert surface_rise(found)[0, late] == pytest.approx(expected, rel=2e-3)

    @pytest.mark.parametrize("tissue", ["skin", "fat", "muscle"])
    @pytest.mark.parametrize("coefficient", [0.0, 8e-6])
    def test_steady_state_of_a_perfused_half_space(self, tissue, coefficient):
        body = ThermalLayers([np.inf], (tissue,), 1.0, coefficient, 25.0)
        found = warm(body, film, irradiance=3e-4, exposure_time=1e5, depth=0.0)
        data = thermal_properties()
        blood = data.blood_heat_exchange(tissue)
        taken = np.sqrt(data.tissues[tissue].conductivity * blood)
        assert surface_rise(found)[0, -1] == pytest.approx(3e-4 / (coefficient + taken), rel=1e-3)
        # Metabolism keeps deep tissue above arterial temperature; air cools it from above.
        deep = 37.0 + data.tissues[tissue].volumetric_metabolic_heat / blood
        expected = (taken * deep + coefficient * 25.0) / (taken + coefficient)
        assert found.surface_start[0] == pytest.approx(expected, abs=0.02)

    @pytest.mark.parametrize("radius", [1.0, 5.0, 25.0])
    @pytest.mark.parametrize("seconds", [20.0, 300.0])
    def test_centre_of_a_disc_source(self, radius, seconds):
        disc = Disc(radius)
        body = ThermalLayers([np.inf], ("skin",), **INSULATED)
        found = warm(body, film, power=1e-3 * disc.area, beam=disc, exposure_time=seconds, depth=0.0)
        late = found.times > seconds / 2
        length = np.sqrt(DIFFUSIVITY * found.times[late])
        part = 1 / np.sqrt(np.pi) - ierfc(radius / (2 * length))
        assert surface_rise(found)[0, late] == pytest.approx(2e-3 * length / SKIN.conductivity * part, rel=5e-3)

    def test_edge_of_a_disc_source(self):
        body = ThermalLayers([np.inf], ("skin",), **INSULATED)
        found = warm(
            body,
            film,
            power=1e-3 * Disc(30.0).area,
            beam=Disc(30.0),
            exposure_time=20.0,
            depth=0.0,
            radius=[0.0, 15.0, 30.0, 45.0],
        )
        centre, inside, edge, outside = rise_of(found)[0, 0, :, -1]
        # As far from the edge as heat spreads ten times over, all is as under a wide beam or as without light; the edge
        # of a half plane is half as warm, and one that is bent by a thirtieth a little less.
        assert inside == pytest.approx(centre, rel=2e-3)
        assert abs(outside) < 2e-3 * centre
        assert 0.46 * centre < edge < 0.5 * centre

    def test_a_disc_source_has_a_steady_state_of_its_own(self, monkeypatch):
        monkeypatch.setattr(heat_cells, "CORE_DEPTH", 600.0)
        body = ThermalLayers([np.inf], ("skin",), **INSULATED)
        found = warm(body, film, power=1e-3 * Disc(1.0).area, beam=Disc(1.0), exposure_time=1e4, depth=0.0)
        # q a / k less a / (2 sqrt(pi alpha t)) of it, which at this time is still to come.
        still = 1 / np.sqrt(np.pi * DIFFUSIVITY * 1e4) / 2
        # The few frequencies are spread for warming that reaches some tens of radii; this one reaches sixty.
        assert surface_rise(found)[0, -1] == pytest.approx(1e-3 / SKIN.conductivity * (1 - still), rel=6e-3)

    @pytest.mark.parametrize("perfusion", [0.0, 2.0])
    @pytest.mark.parametrize("waist", [1.5, 8.0])
    def test_a_gaussian_beam_at_depth_off_its_axis_and_after_the_light(self, perfusion, waist):
        """Each layer of light spreads as a Gaussian sideways and as its mirror image in depth, while blood takes it."""
        mu_a, time, after = 0.8, 120.0, 60.0
        depths, radii = np.array([0.0, 0.5, 2.0, 4.0]), np.array([0.0, 0.7 * waist, 2 * waist])
        blood = perfusion * thermal_properties().blood_heat_exchange("skin")

        def spread(passed, depth, radius):
            length = np.sqrt(DIFFUSIVITY * passed)
            near = np.exp(-mu_a * depth) * erfc(mu_a * length - depth / (2 * length))
            far = np.exp(mu_a * depth) * erfc(mu_a * length + depth / (2 * length))
            wide = waist**2 + 8 * DIFFUSIVITY * passed
            sideways = waist**2 / wide * np.exp(-2 * radius**2 / wide)
            fade = np.exp((mu_a**2 * DIFFUSIVITY - blood / SKIN.volumetric_heat_capacity) * passed)
            return fade * (near + far) / 2 * sideways

        def exact(begin, end):
            return np.array(
                [[quad(spread, begin, end, args=(z, r), epsrel=1e-8)[0] for r in radii] for z in depths]
            ) * (1e-3 * mu_a / SKIN.volumetric_heat_capacity)

        beam = Gaussian(waist)
        found = warm(
            ThermalLayers([np.inf], ("skin",), perfusion, 0.0, 25.0),
            beer_lambert(mu_a),
            power=1e-3 * beam.area,
            beam=beam,
            exposure_time=time,
            depth=depths,
            radius=radii,
            after=after,
        )
        rise, end = rise_of(found)[0], np.searchsorted(found.times, time * (1 - 1e-9))
        assert found.times[[end, -1]] == pytest.approx([time, time + after])
        largest = exact(0.0, time).max()
        assert rise[..., end] == pytest.approx(exact(0.0, time), rel=5e-3, abs=1e-3 * largest)
        assert rise[..., -1] == pytest.approx(exact(after, time + after), rel=5e-3, abs=1e-3 * largest)


class TestEnergy:
    @pytest.mark.parametrize("seconds", [10.0, 600.0])
    def test_what_is_absorbed_is_stored_while_nothing_is_lost(self, seconds):
        layers = ThermalLayers(**{**LEG, **INSULATED})
        depth = np.geomspace(1e-3, 60, 6000)
        found = warm(layers, skin_light, irradiance=1e-3, exposure_time=seconds, depth=depth, after=seconds)
        capacity = np.select(
            [depth < 1.475, depth < 6.475],
            [thermal_properties().tissues[name].volumetric_heat_capacity for name in ("skin", "fat")],
            thermal_properties().tissues["muscle"].volumetric_heat_capacity,
        )
        stored = np.trapezoid(capacity * rise_of(found)[0, :, 0, :].T, depth)
        light = skin_light(np.zeros(1), depth[None])[0, 0]
        given_off = 1e-3 * np.trapezoid(light, depth) * np.minimum(found.times, seconds)
        # The light is sampled once in each cell; the deepest of it passes into the core.
        assert stored[1:] == pytest.approx(given_off[1:], rel=4e-3)

    def test_what_is_absorbed_is_lost_in_the_end(self):
        layers = ThermalLayers(**LEG)
        depth = np.linspace(0.0, 66.4, 20001)
        found = warm(layers, skin_light, irradiance=1e-3, exposure_time=1e6, depth=depth)
        rise = rise_of(found)[0, :, 0, -1]
        data = thermal_properties()
        blood = np.select(
            [depth < 0.075, depth < 1.475, depth < 6.475],
            [0.0, data.blood_heat_exchange("skin"), data.blood_heat_exchange("fat")],
            data.blood_heat_exchange("muscle"),
        )
        to_core = data.tissues["muscle"].conductivity * (rise[-2] - rise[-1]) / (depth[-1] - depth[-2])
        lost = 8e-6 * rise[0] + np.trapezoid(blood * rise, depth) + to_core
        cell = heat_cells.columns_of(layers)
        absorbed = 1e-3 * (skin_light(np.zeros(1), cell.centre)[0, 0] * cell.size[0]).sum()
        assert lost == pytest.approx(absorbed, rel=2e-3)


class TestRefinement:
    @pytest.mark.parametrize("beam", [None, Disc(1.0), Disc(5.0), Gaussian(3.0)])
    @pytest.mark.parametrize("seconds", [20.0, 900.0])
    def test_finer_cells_steps_and_frequencies_change_little(self, monkeypatch, beam, seconds):
        light = {"irradiance": 5e-4} if beam is None else {"power": 0.2, "beam": beam, "radius": [0.0, beam.radius / 2]}
        thickness = [(0.015, 0.06, 1.4, 5.0, np.inf), (0.4, 0.1, 0.9, 2.0, np.inf)]
        layers = ThermalLayers(**{**LEG, "thickness": thickness})

        def run():
            return warm(layers, light_in(thickness), **light, exposure_time=seconds, depth=[0.0, 1.0, 5.0])

        coarse = run()
        monkeypatch.setattr(heat_cells, "CELL", heat_cells.CELL / 4)
        monkeypatch.setattr(heat_steps, "STEPS_A_LEVEL", heat_steps.STEPS_A_LEVEL * 3)
        monkeypatch.setattr(heat_frequencies, "FREQUENCIES", heat_frequencies.FREQUENCIES * 2)
        monkeypatch.setattr(heat_frequencies, "HIGH", heat_frequencies.HIGH * 2)
        fine = run()
        ratio = rise_of(coarse)[..., -1] / rise_of(fine)[..., -1]
        assert ratio[:, 0] == pytest.approx(1.0, abs=2e-3)
        assert ratio[:, 1] == pytest.approx(1.0, abs=5e-3)
        assert ratio[:, 2] == pytest.approx(1.0, abs=2e-2)
        assert coarse.start == pytest.approx(fine.start, abs=5e-3)
        assert coarse.cem43 == pytest.approx(fine.cem43, rel=0.03)

    @pytest.mark.parametrize("perfusion", [0.25, 1.0, 3.0])
    def test_the_depth_of_the_core_does_not_matter_while_blood_flows(self, monkeypatch, perfusion):
        layers = ThermalLayers(**{**LEG, "perfusion_factor": perfusion})
        near = warm(layers, skin_light, irradiance=5e-4, exposure_time=1800.0, depth=0.0)
        monkeypatch.setattr(heat_cells, "CORE_DEPTH", 2 * heat_cells.CORE_DEPTH)
        far = warm(layers, skin_light, irradiance=5e-4, exposure_time=1800.0, depth=0.0)
        assert near.surface_start == pytest.approx(far.surface_start, abs=0.02)
        assert surface_rise(near) == pytest.approx(surface_rise(far), abs=1e-3)

    def test_without_blood_the_rise_does_not_depend_on_the_core(self, monkeypatch):
        layers = ThermalLayers(**{**LEG, "perfusion_factor": 0.0})
        near = warm(layers, skin_light, irradiance=5e-4, exposure_time=1800.0, depth=0.0)
        monkeypatch.setattr(heat_cells, "CORE_DEPTH", 2 * heat_cells.CORE_DEPTH)
        far = warm(layers, skin_light, irradiance=5e-4, exposure_time=1800.0, depth=0.0)
        assert surface_rise(near) == pytest.approx(surface_rise(far), abs=1e-3)
        assert near.surface_start > far.surface_start + 1

    def test_a_very_wide_disc_is_a_wide_beam(self):
        layers = ThermalLayers(**LEG)
        wide = warm(layers, skin_light, irradiance=5e-4, exposure_time=600.0, depth=[0.0, 3.0])
        disc = Disc(150.0)
        lit = warm(layers, skin_light, power=5e-4 * disc.area, beam=disc, exposure_time=600.0, depth=[0.0, 3.0])
        assert rise_of(lit)[..., -1] == pytest.approx(rise_of(wide)[..., -1], rel=2e-3)

    def test_a_person_is_warmed_alike_alone_and_among_others(self):
        rng = np.random.default_rng(5)
        thickness = np.array(LEG["thickness"]) * rng.uniform(0.5, 2.0, (40, 5))
        perfusion = rng.uniform(0.1, 3.0, 40)
        factor = rng.uniform(0.8, 1.25, 40)

        def run(which):
            layers = ThermalLayers(
                **{**LEG, "thickness": thickness[which], "perfusion_factor": perfusion[which]},
                conductivity_factor=factor[which],
            )
            return warm(
                layers, light_in(thickness[which]), power=0.1, beam=Disc(4.0), exposure_time=300.0, depth=[0.0, 2.0]
            )

        # More than are stepped at once.
        together = run(slice(None))
        for person in (0, 17, 39):
            alone = run(slice(person, person + 1))
            assert together.temperature[person, ..., -1] == pytest.approx(alone.temperature[0, ..., -1], abs=0.02)
            assert together.start[person] == pytest.approx(alone.start[0], abs=5e-3)


layer_stacks = st.fixed_dictionaries(
    {
        "thickness": st.tuples(st.floats(0.5, 3.0), st.floats(0.5, 30.0), st.just(30.0)),
        "perfusion_factor": st.floats(0.0, 3.0),
        "surface_coefficient": st.floats(0.0, 2e-5),
        "air_temperature": st.floats(15.0, 35.0),
    }
)
absorptions = st.floats(0.02, 20.0)
durations = st.floats(5.0, 2000.0)


class TestLaws:
    @settings(max_examples=30)
    @given(stack=layer_stacks, mu_a=absorptions, seconds=durations, irradiance=st.floats(0.0, 1e-3))
    def test_no_warmer_than_the_bound(self, stack, mu_a, seconds, irradiance):
        layers = ThermalLayers(tissue=("skin", "fat", "muscle"), **stack)
        found = warm(layers, beer_lambert(mu_a), irradiance=irradiance, exposure_time=seconds, depth=0.0)
        absorbed = irradiance * -np.expm1(-mu_a * sum(stack["thickness"]))
        start, bound = upper_bound(absorbed, seconds, tissue=("skin", "fat", "muscle"), **stack)
        assert found.surface_start[0] == pytest.approx(start, abs=5e-3)
        # Both have numerical errors of one or two thousandths of the rise.
        assert found.surface[0].max() <= bound + 0.003 * (bound - start) + 5e-3

    @settings(max_examples=15)
    @given(stack=layer_stacks, seconds=st.floats(30.0, 2000.0))
    def test_light_on_the_surface_meets_the_bound(self, stack, seconds):
        layers = ThermalLayers(tissue=("skin", "fat", "muscle"), **stack)
        found = warm(layers, film, irradiance=5e-4, exposure_time=seconds, depth=0.0)
        start, bound = upper_bound(5e-4, seconds, tissue=("skin", "fat", "muscle"), **stack)
        assert surface_rise(found)[0, -1] == pytest.approx(bound - start, rel=4e-3)

    @settings(max_examples=25)
    @given(stack=layer_stacks, mu_a=absorptions, seconds=durations)
    def test_light_adds_up_and_none_leaves_all_as_it_was(self, stack, mu_a, seconds):
        layers = ThermalLayers(
            tissue=("skin", "fat", "muscle"), **{**stack, "thickness": np.tile(stack["thickness"], (4, 1))}
        )
        irradiance = [0.0, 1e-4, 2e-4, 7e-4]
        found = warm(layers, beer_lambert(mu_a), irradiance=irradiance, exposure_time=seconds, depth=[0.0, 1.0])
        assert np.array_equal(found.temperature[0], np.broadcast_to(found.start[0, :, None, None], (2, 1, 49)))
        rise = rise_of(found)
        assert rise[3] == pytest.approx(rise[1] + 3 * rise[2], rel=1e-9, abs=1e-12)
        assert np.all(rise[1:, ..., 1:] > 0)
        # Warming goes on while the light is on.
        assert np.all(np.diff(rise[3], axis=-1) > -1e-3 * rise[3].max())

    @settings(max_examples=25)
    @given(stack=layer_stacks, mu_a=absorptions, seconds=durations, more=st.floats(1.1, 3.0))
    def test_air_and_blood_cool_what_light_warms(self, stack, mu_a, seconds, more):
        def run(**change):
            layers = ThermalLayers(tissue=("skin", "fat", "muscle"), **{**stack, **change})
            return warm(layers, beer_lambert(mu_a), irradiance=5e-4, exposure_time=seconds, depth=0.0)

        base = run()
        airy = run(surface_coefficient=(stack["surface_coefficient"] + 1e-7) * more)
        assert surface_rise(airy)[0, -1] < surface_rise(base)[0, -1]
        assert airy.surface[0, -1] < base.surface[0, -1]
        perfused = run(perfusion_factor=(stack["perfusion_factor"] + 0.01) * more)
        assert surface_rise(perfused)[0, -1] < surface_rise(base)[0, -1] * (1 + 1e-9)

    @settings(max_examples=15)
    @given(small=st.floats(0.5, 20.0), more=st.floats(1.2, 5.0), seconds=durations)
    def test_a_wider_beam_of_equal_irradiance_warms_more(self, small, more, seconds):
        layers = ThermalLayers(**LEG)
        rises = [
            surface_rise(warm(layers, skin_light, power=1e-3 * beam.area, beam=beam, exposure_time=seconds, depth=0.0))[
                0, -1
            ]
            for beam in (Disc(small), Disc(small * more))
        ]
        wide = surface_rise(warm(layers, skin_light, irradiance=1e-3, exposure_time=seconds, depth=0.0))[0, -1]
        assert 0 < rises[0] < rises[1] < wide * (1 + 2e-3)

    @settings(max_examples=15)
    @given(seconds=durations, after=st.floats(1.0, 2000.0))
    def test_tissue_cools_when_the_light_is_off(self, seconds, after):
        layers = ThermalLayers(**LEG)
        found = warm(layers, skin_light, irradiance=1e-3, exposure_time=seconds, depth=[0.0, 4.0], after=after)
        longer = warm(layers, skin_light, irradiance=1e-3, exposure_time=seconds + after, depth=[0.0, 4.0])
        late = warm(layers, skin_light, irradiance=1e-3, exposure_time=after, depth=[0.0, 4.0])
        # Light off is light on less light that came later.
        expected = rise_of(longer)[..., -1] - rise_of(late)[..., -1]
        assert rise_of(found)[..., -1] == pytest.approx(expected, abs=3e-3 * rise_of(found).max())
        assert np.all(np.diff(found.surface[0, 48:]) < 0)
        assert np.all(found.peak >= found.temperature[..., -1].max(axis=-1))
        on = warm(layers, skin_light, irradiance=1e-3, exposure_time=seconds, depth=[0.0, 4.0])
        assert np.all(found.cem43 > on.cem43)


def test_the_warmest_distance_counts():
    layers = ThermalLayers(**LEG)
    found = warm(layers, skin_light, power=0.5, beam=Disc(5.0), exposure_time=60.0, depth=[0.0, 2.0], radius=[9.0, 0.0])
    assert found.temperature.shape == (1, 2, 2, 49)
    assert np.all(found.temperature[:, :, 1, 1:] > found.temperature[:, :, 0, 1:])
    assert found.peak == pytest.approx(found.temperature[:, :, 1, -1])
    assert found.cem43 == pytest.approx(cem43(found.temperature[:, :, 1], found.times))
    assert found.surface == pytest.approx(found.temperature[:, 0, 1])


def test_an_epidermis_without_blood_is_warmer_than_one_with_it():
    with_blood = ThermalLayers(**{**LEG, "tissue": ("skin", "skin", "skin", "subcutaneous_fat", "muscle")})
    bare, supplied = (
        surface_rise(warm(layers, skin_light, irradiance=1e-3, exposure_time=600.0, depth=0.0))[0, -1]
        for layers in (ThermalLayers(**LEG), with_blood)
    )
    assert 1 < bare / supplied < 1.03


class TestInput:
    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"exposure_time": 0.0}, "exposure time must be positive"),
            ({"exposure_time": np.nan}, "exposure time must be positive"),
            ({"after": -1.0}, "must not be negative"),
            ({"irradiance": -1e-4}, "not negative"),
            ({"irradiance": [1e-4, 2e-4]}, "one for each person"),
            ({"irradiance": None}, "either irradiance, or power and beam"),
            ({"power": 0.1}, "either irradiance, or power and beam"),
            ({"irradiance": None, "power": 0.1}, "either irradiance, or power and beam"),
            ({"radius": [1.0]}, "a wide beam has no axis"),
            ({"radius": [-1.0]}, "distances from the axis"),
            ({"depth": -0.1}, r"depth must lie between 0 and 66.475 mm, got -0.1 mm"),
            ({"depth": 100.0}, r"depth must lie between 0 and 66.475 mm, got 100.0 mm"),
            ({"depth": np.nan}, "depth must lie between"),
            ({"depth": np.zeros((2, 1))}, r"shape \(Z,\) or \(1, Z\)"),
        ],
    )
    def test_values_out_of_range_are_refused(self, wrong, message):
        arguments = {"irradiance": 1e-4, "exposure_time": 60.0, "depth": 0.0, **wrong}
        with pytest.raises(ValidityError, match=message):
            warm(ThermalLayers(**LEG), skin_light, **arguments)

    @pytest.mark.parametrize(
        ("light", "message"),
        [
            (
                lambda _, depth: np.zeros((3, 1, depth.shape[1])),
                r"must return the shape \(1, 1, \d+\), got \(3, 1, \d+\)",
            ),
            (lambda _, depth: np.full((1, 1, depth.shape[1]), np.nan), "finite values"),
        ],
    )
    def test_light_that_does_not_fit_is_refused(self, light, message):
        with pytest.raises(ValidityError, match=message):
            warm(ThermalLayers(**LEG), light, irradiance=1e-4, exposure_time=60.0, depth=0.0)


class TestCem43:
    @pytest.mark.parametrize(
        ("temperature", "minutes", "expected"), [(44, 10, 20), (45, 20, 80), (43, 7, 7), (42, 8, 2)]
    )
    def test_constant_temperature(self, temperature, minutes, expected):
        assert cem43([temperature] * 3, [0, 20 * minutes, 60 * minutes]) == pytest.approx(expected)

    @settings(max_examples=50)
    @given(st.floats(35.0, 50.0), st.floats(-6.0, 6.0))
    def test_a_temperature_that_moves_evenly_needs_no_steps_between(self, start, change):
        fine = np.linspace(0, 600, 20001)
        temperatures = start + change * fine / 600
        excess = temperatures - 43
        expected = np.trapezoid(np.where(excess >= 0, 2.0, 4.0) ** excess, fine) / 60
        assert cem43([start, start + change], [0.0, 600.0]) == pytest.approx(expected, rel=1e-5)

    def test_many_histories_at_once(self):
        rng = np.random.default_rng(1)
        many, times = rng.uniform(40, 46, (3, 4, 9)), np.sort(rng.uniform(0, 600, 9))
        found = cem43(many, times)
        assert found.shape == (3, 4)
        assert found[2, 1] == pytest.approx(cem43(many[2, 1], times))
