"""``nervelight mechanism``: what it prints, what it refuses, and that the rest works without it."""

import json
import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nervelight.mechanism import BANNER, Scores, arrows, engine, observations
from nervelight.mechanism.scores import COLUMNS, Score
from nervelight.sources import source

ASKED = ("--fluence-rate", "10 mW/cm2", "--minutes", 15, "--wavelength", 810, "--state", "diabetic", "--draws", 40)
SVG = "{http://www.w3.org/2000/svg}"
PLAN = Path(__file__).resolve().parents[1] / "golden" / "diabetic_feet.plan.json"
ANKLE = Path(__file__).resolve().parents[2] / "examples" / "stacks" / "medial_ankle.yaml"


@pytest.fixture
def ready():
    """The extra, or a skip; CI requires it."""
    try:
        engine._module("roadrunner")
        engine._module("antimony")
    except engine.MissingEngine as problem:
        if os.environ.get("NERVELIGHT_REQUIRE_ENGINES"):
            pytest.fail(str(problem), pytrace=False)
        pytest.skip(str(problem))


def said(answer):
    return " ".join(answer.out.split())


def said_wrong(answer):
    return " ".join(answer.err.split())


@pytest.mark.usefixtures("ready")
class TestRun:
    def test_the_screen_fits_and_says_what_must_be_said(self, call):
        answer = call("mechanism", "run", *ASKED, "--warming", "0.3 degC")
        assert (answer.code, answer.err) == (0, "")
        assert max(map(len, answer.out.splitlines())) <= 80
        text = said(answer)
        assert text.startswith(BANNER)
        for words in (
            "Speed of thick fibres",
            "9 J/cm² a session",
            "0.613 photons a second",
            "40, of which the integrator failed in 0",
            "h1 0.15, h2 0.5, h3 0.5, h4 1, h5 0.2",
            "The same warmth without photons",
            "changes from 12 to 27 %",
            "blood flow†",
            "none is points of pain",
        ):
            assert words in text

    def test_json_and_screen_are_of_the_same_run(self, call):
        answer = call("mechanism", "run", *ASKED, "--json", "--seed", 4)
        document = json.loads(answer.out)
        assert (answer.code, answer.err) == (0, "")
        assert document["schema"] == "nervelight-mechanism-1"
        assert document["banner"] == BANNER
        assert (document["draws"], document["seed"], document["state"]) == (40, 4, "diabetic")
        assert document["switches"]["h1"] == 0.15
        again = call("mechanism", "run", *ASKED, "--json", "--seed", 4)
        assert again.out == answer.out
        assert call("mechanism", "run", *ASKED, "--json", "--seed", 5).out != answer.out

    def test_switches_sessions_and_wavelengths(self, call):
        Path("mine.yaml").write_text("h1: 0\nh2: 0\nh3: 0\nh5: 0\n", encoding="utf-8")
        options = ("--switches", "mine.yaml", "--sessions", 3, "--every", "24 h", "--wavelength", 630, 850)
        answer = call("mechanism", "run", *ASKED[:4], *ASKED[6:], *options, "--json")
        document = json.loads(answer.out)
        assert (document["h0_share"], document["sessions"], document["wavelength_nm"]) == (1.0, 3, [630.0, 850.0])
        assert all(set(found["no_effect_share"]) == {1.0} for found in document["outputs"].values())

    def test_warmth_comes_from_the_heat_command(self, call):
        skin = ("--beam", "plane", "--incidence", "diffuse", "--irradiance", "60 mW/cm2", "--minutes", 15)
        heat = call("heat", ANKLE, "--wavelength", 810, *skin, "--air", "22 degC", "--depth", 3, 9, "--json")
        Path("heat.json").write_text(heat.out, encoding="utf-8")
        known = json.loads(heat.out)
        course = known["temperature_c"]["central"][1]
        answer = call("mechanism", "run", *ASKED, "--heat", "heat.json", "--depth", 9, "--json")
        assert json.loads(answer.out)["warming_end_k"] == pytest.approx(course[-1] - course[0])
        wrong = call("mechanism", "run", *ASKED, "--heat", "heat.json", "--depth", 5)
        assert "one of 3, 9 mm" in " ".join(wrong.err.split())
        wrong = call("mechanism", "run", *ASKED[:2], "--minutes", 10, *ASKED[4:], "--heat", "heat.json", "--depth", 9)
        assert "its own was on for 15 min" in " ".join(wrong.err.split())

    def test_light_comes_from_a_plan_and_is_refused_where_it_is_too_much(self, call):
        plan = json.loads(PLAN.read_text(encoding="utf-8"))
        # The golden plan leaves out what differs between machines.
        plan["made"] |= {"nervelight": "0", "libraries": {}}
        target = next(one for one in plan["targets"] if one["is_target"])
        asked = ("mechanism", "run", "--plan", "plan.json", "--state", "diabetic", "--draws", 20)
        Path("plan.json").write_text(json.dumps(plan), encoding="utf-8")
        much = call(*asked)
        assert target["fluence_rate_mw_cm2"]["p50"] > 50
        assert (much.code, much.out) == (1, "")
        assert "does not extrapolate: fluence rate at the target" in said_wrong(much)

        target["fluence_rate_mw_cm2"] = {key: value / 10 for key, value in target["fluence_rate_mw_cm2"].items()}
        Path("plan.json").write_text(json.dumps(plan), encoding="utf-8")
        answer = call(*asked)
        assert (answer.code, answer.err) == (0, "")
        assert max(map(len, answer.out.splitlines())) <= 80
        assert said(answer).startswith(BANNER)
        assert "as the plan's skin: an upper end" in said(answer)
        told = json.loads(call(*asked, "--json").out)
        assert told["fluence_rate_mw_cm2"] == pytest.approx(target["fluence_rate_mw_cm2"]["p50"])
        assert told["minutes"] == pytest.approx(plan["prescription"]["time_per_field_s"] / 60)
        assert told["sessions"] == plan["prescription"]["total_sessions"]
        assert told["warming_end_k"] == pytest.approx(plan["warmth"]["skin_rise_k"]["p50"])
        assert told["wavelength_nm"] == [curve["wavelength_nm"] for curve in plan["curves"]]
        assert sum(told["wavelength_share"]) == pytest.approx(1)
        assert told["plan"]["target"] == target["label"]
        warm = json.loads(call(*asked, "--warming", "0.2 degC", "--json").out)
        assert (warm["warming_end_k"], warm["plan"]["warming_is_of_the_skin"]) == (0.2, False)

        both = call(*asked, "--minutes", 3, "--every", "24 h")
        assert "--minutes: got '3'; left out: --plan tells it" in said_wrong(both)
        assert "--every: got '24 h'; left out: --plan tells it" in said_wrong(both)
        Path("plan.json").write_text(json.dumps(plan | {"prescription": None, "blocked": True}), encoding="utf-8")
        assert "gives light for a time, which a blocked one does not" in said_wrong(call(*asked))

    def test_beyond_the_fit_it_says_so(self, call):
        much = call("mechanism", "run", "--fluence-rate", "50 mW/cm2", *ASKED[2:])
        assert "Beyond the fit: no cell that the model was fitted to had more than 10 J/cm²" in said(much)
        assert max(map(len, much.out.splitlines())) <= 80
        assert "Beyond the fit" not in said(call("mechanism", "run", *ASKED))

    def test_a_picture_says_what_it_shows_and_repeats_exactly(self, call):
        plain = call("mechanism", "run", *ASKED).out
        assert call("mechanism", "run", *ASKED, "--plot", "a.svg").out == plain + "Written: a.svg\n"
        assert call("mechanism", "run", *ASKED, "--plot", "b.svg").code == 0
        assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()
        root = ElementTree.fromstring(Path("a.svg").read_bytes())
        assert " ".join(root.findtext(f"{SVG}title").split()) in " ".join(plain.split())
        assert root.findtext(f"{SVG}desc").startswith(BANNER)
        texts = {"".join(element.itertext()).strip() for element in root.iter(f"{SVG}text")}
        assert {"warmth alone", "median", "Conduction of thick fibres, change in %"} <= texts

    def test_absorption_that_is_not_on_record_is_an_assumption(self, call):
        assert "not on record" in said(call("mechanism", "run", *ASKED[:4], "--wavelength", 610, *ASKED[6:]))

    def test_export_loads_elsewhere_and_is_not_overwritten(self, call):
        answer = call("mechanism", "export", "model.xml", "--fluence-rate", "10 mW/cm2")
        assert (answer.code, answer.err) == (0, "")
        assert said(answer).startswith(BANNER)
        root = ElementTree.parse("model.xml").getroot()
        assert root.tag.endswith("}sbml")
        assert BANNER in Path("model.xml").read_text(encoding="utf-8")
        again = call("mechanism", "export", "model.xml")
        assert again.code == 1
        assert "--force" in again.err
        assert call("mechanism", "export", "model.xml", "--force").code == 0

    @pytest.mark.slow
    def test_scores_are_those_of_the_model(self, call):
        document = json.loads(call("mechanism", "scores", "--draws", 1, "--json").out)
        assert document["schema"] == "nervelight-mechanism-scores-1"
        assert document["failed"] == {"healthy": 0, "diabetic": 0}
        assert document["means"]["negative"]["nothing"] == 1


def made_up(asked):
    """Scores as if computed, each in a place of its own, and what was asked for."""

    def score(draws, switches, seed):
        asked.append((draws, switches.probabilities["h1"], seed))
        known = [seen for seen in observations() if seen.predict]
        scored = [
            Score(
                seen, dict(zip(COLUMNS, (0.1, 0.2, at / 100, 1.0), strict=True)), {"fitted": (0.5,)}, (), {"healthy": 2}
            )
            for at, seen in enumerate(known, 40)
        ]
        beyond = [(seen, seen.out_of_range) for seen in observations() if seen.out_of_range]
        return Scores(tuple(scored), tuple(beyond), tuple(seen for seen in observations() if seen.not_scored))

    return score


def test_scores_are_printed_with_what_is_not_explained(call, monkeypatch):
    asked = []
    monkeypatch.setattr("nervelight.mechanism.score_model", made_up(asked))
    Path("mine.yaml").write_text("h1: 0.4\n", encoding="utf-8")
    answer = call("mechanism", "scores", "--draws", 100, "--seed", 3, "--switches", "mine.yaml")
    assert (answer.code, answer.err) == (0, "")
    assert max(map(len, answer.out.splitlines())) <= 80
    text = said(answer)
    assert text.startswith(BANNER)
    known = [seen.id for seen in observations() if seen.predict]
    assert f"fitted to {known[0]}: ATP as assayed 10 20 40 100" in text
    for words in ("held out mean 10 20", "nothing seen mean 10 20", "known to within 10 points", "46 of healthy cells"):
        assert words in text
    # At least half of the draws is explained.
    missed = text.split("Not explained, even with every hypothesis on")[1].split("Out of range")[0]
    assert [name for name in known if f" {name} " in missed] == known[:10]
    assert " lavery2008 40 min a session lavery2008 " in text
    document = json.loads(call("mechanism", "scores", "--json").out)
    assert (document["schema"], document["draws"]) == ("nervelight-mechanism-scores-1", 50)
    assert document["means"]["negative"]["nothing"] == 1
    assert {row["id"] for row in document["out_of_range"]} >= {"lavery2008", "clifft2005"}
    assert document["failed"] == {"healthy": 2 * len(known)}
    assert asked == [(100, 0.4, 3), (50, 0.15, 1)]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("10 mW/cm2", "60 mW/cm2", "does not extrapolate: fluence rate at the target 60 mW/cm2, taken from 0 to 50"),
        ("--minutes|15", "--minutes|16", "16 min of light, taken up to 15 min"),
        ("--wavelength|810", "--wavelength|1064", "wavelength 1064 nm, taken from 600 to 1000 nm"),
        ("--wavelength|810", "--wavelength|590", "wavelength 590 nm"),
        ("diabetic", "diabetes", "one of healthy, diabetic, after-chemotherapy (did you mean 'diabetic'?)"),
        ("10 mW/cm2", "10", "--fluence-rate: got '10'"),
        ("--minutes|15", "--minutes|soon", "--minutes: got 'soon'"),
        ("--draws|40", "--draws|0", "--draws: got '0'; a whole number from 1"),
        ("--draws|40", "--draws|40|--sessions|99", "--sessions: got '99'"),
        ("--draws|40", "--draws|40|--sessions|3|--every|8 h", "45 min of light within a day, taken up to 15 min"),
        ("--draws|40", "--draws|40|--every|10 min", "--every: got '10 min'; a time from 17 min"),
        ("--draws|40", "--draws|40|--warming|9 degC", "--warming: got '9 degC'"),
        ("--draws|40", "--draws|40|--depth|3", "--depth: got '3'; left out"),
        ("--draws|40", "--draws|40|--switches|none.yaml", "none.yaml"),
        ("--draws|40", "--draws|40|--heat|none.json", "none.json"),
        ("--draws|40", "--draws|40|--plot|a.pdf", "--plot"),
    ],
)
def test_each_wrong_call_says_what_is_wrong(old, new, says, call):
    line = "|".join(map(str, ASKED))
    assert old in line
    answer = call("mechanism", "run", *line.replace(old, new).split("|"))
    assert (answer.code, answer.out) == (1, "")
    assert says in " ".join(answer.err.split())
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--switches", "mine.yaml"), "mine.yaml: h1: got 2; input should be less than or equal to 1"),
        (("--heat", "empty.json"), "what nervelight heat prints with --json, whole"),
        (("--heat", "odd.json", "--depth", 3), "what nervelight heat prints with --json, whole"),
        (("--heat", "short.json", "--depth", 3), "what nervelight heat prints with --json, whole"),
        (("--state", "ill", "--draws", 0), "2 faults"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_clear_error(options, says, call):
    Path("mine.yaml").write_text("h1: 2\n", encoding="utf-8")
    Path("empty.json").write_text('{"schema": "nervelight-heat-1"}', encoding="utf-8")
    odd = {"schema": "nervelight-heat-1", "depth_mm": [3], "exposure_min": 15, "time_min": [0, 15]}
    Path("odd.json").write_text(json.dumps(odd | {"temperature_c": {"central": [[34, 35, 36]]}}), encoding="utf-8")
    short = odd | {"time_min": [15], "temperature_c": {"central": [[34]]}}
    Path("short.json").write_text(json.dumps(short), encoding="utf-8")
    answer = call("mechanism", "run", *ASKED, *options)
    assert (answer.code, answer.out) == (1, "")
    assert says in " ".join(answer.err.split())
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("missing", ["--fluence-rate", "--minutes", "--wavelength", "--state"])
def test_what_is_needed_has_no_default(missing, call):
    at = ASKED.index(missing)
    answer = call("mechanism", "run", *ASKED[:at], *ASKED[at + 2 :])
    assert (answer.code, answer.out) == (2, "")
    assert f"Missing option '{missing}'" in answer.err


def test_without_the_extra_it_says_what_to_install_and_explains_itself_all_the_same(call, monkeypatch):
    for name in ("roadrunner", "antimony"):
        monkeypatch.setitem(sys.modules, name, None)
    engine.as_sbml.cache_clear()
    engine._runner.cache_clear()
    for arguments in (("run", *ASKED), ("export", "model.xml"), ("scores", "--draws", 1)):
        answer = call("mechanism", *arguments)
        assert (answer.code, answer.out) == (1, "")
        assert "pip install 'nervelight[mechanism]'" in answer.err
        assert list(Path.cwd().iterdir()) == []
    assert call("mechanism", "explain").code == 0


def test_explain_prints_every_arrow_with_both_sides(call):
    answer = call("mechanism", "explain", "--parameters")
    assert (answer.code, answer.err) == (0, "")
    assert max(map(len, answer.out.splitlines())) <= 80
    text = said(answer)
    assert text.startswith(BANNER)
    for arrow in arrows():
        assert f"{arrow.cause} -> {arrow.effect}" in text
    assert "h1, photolysis: on in 15 % of draws" in text
    assert "the least certain is speculative" in text
    assert "koff" in text
    document = json.loads(call("mechanism", "explain", "--json").out)
    assert [arrow["id"] for arrow in document["arrows"]] == [arrow.id for arrow in arrows()]
    assert document["arrows"][1]["against_sources"]
    for key in (*document["arrows"][1]["for_sources"], *document["arrows"][1]["against_sources"]):
        assert document["citations"][key] == source(key).citation
        assert f"{key} {source(key).citation}" in text
    assert document["parameters"]["QY"]["prior"] == "0.0001 to 0.03 (log-uniform)"
