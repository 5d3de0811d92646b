"""Chunks: the same bits however the work is cut, a run that goes on, a worker that dies."""

import csv
import io
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from nervelight.errors import InvalidInput, MissingEngine
from nervelight.populations import (
    CohortSummary,
    connect,
    dictionary_csv,
    digest,
    engine,
    evaluate_people,
    run_cohort,
    summarise_cohort,
    tables,
)
from nervelight.populations.tables import COLUMNS, optional
from nervelight.report import cohort_page

if os.environ.get("NERVELIGHT_REQUIRE_CLUSTER") != "1":
    pytest.importorskip("pyarrow")
    pytest.importorskip("distributed")


CUT = 64
PEOPLE = 150


@pytest.fixture(scope="module")
def small(spec, arms):
    """Two batches and a part of one under one protocol."""
    people = spec.people.model_copy(update={"count": PEOPLE})
    return spec.model_copy(update={"people": people, "protocols": spec.protocols[:1]}), arms[:1]


@pytest.fixture(scope="module")
def written(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    return folder, run_cohort(*small, folder, chunk=CUT)


@pytest.fixture(scope="module")
def rows(small):
    return evaluate_people(*small, 0, PEOPLE)


def table_of(parts):
    pq, pa = optional("pyarrow.parquet"), optional("pyarrow")
    return pa.concat_tables([pq.read_table(part) for part in parts]).replace_schema_metadata()


def test_the_files_hold_the_rows_and_each_column_is_in_the_dictionary(written, rows):
    table = table_of(written[1])
    assert table.num_rows == PEOPLE
    for name in ("match_time_s", "skin_c", "melanosome_fraction", "reached"):
        assert np.array_equal(table.column(name).to_numpy(zero_copy_only=False), rows[name])
    assert set(table.column("protocol").to_pylist()) == {"endings"}
    assert table.column("ita_deg").null_count == PEOPLE
    listed = [row["column"] for row in csv.DictReader(io.StringIO(dictionary_csv()))]
    assert listed == table.column_names == [column.name for column in COLUMNS]


def test_the_rows_do_not_depend_on_the_size_of_chunks(small, written, tmp_path):
    parts = run_cohort(*small, tmp_path, chunk=3 * CUT)
    assert len(parts) == 1 and len(written[1]) == 3
    assert table_of(parts).equals(table_of(written[1]))


def test_a_run_goes_on_from_finished_chunks(small, written, monkeypatch, tmp_path):
    content = [part.read_bytes() for part in written[1]]
    for part, held in list(zip(written[1], content, strict=True))[:2]:
        (tmp_path / part.name).write_bytes(held)
    asked = []
    whole = engine._chunk
    monkeypatch.setattr(engine, "_chunk", lambda *given: asked.append(given[3]) or whole(*given))
    told = []
    parts = run_cohort(*small, tmp_path, chunk=CUT, progress=lambda done, total: told.append((done, total)))
    assert asked == [128]
    assert told == [(128, PEOPLE), (PEOPLE, PEOPLE)]
    assert [part.read_bytes() for part in parts] == content


def test_more_people_keep_the_full_chunks(small, written, tmp_path, monkeypatch):
    spec, arms = small
    for part in written[1]:
        (tmp_path / part.name).write_bytes(part.read_bytes())
    more = spec.model_copy(update={"people": spec.people.model_copy(update={"count": PEOPLE + 10})})
    whole, asked = engine._chunk, []
    monkeypatch.setattr(engine, "_chunk", lambda *given: asked.append(given[3:]) or whole(*given))
    parts = run_cohort(more, arms, tmp_path, chunk=CUT)
    assert asked == [(128, PEOPLE + 10 - 128)]
    assert table_of(parts).num_rows == PEOPLE + 10


def test_fewer_people_than_the_folder_holds_are_refused_and_nothing_is_lost(small, written, tmp_path):
    spec, arms = small
    for part in written[1]:
        (tmp_path / part.name).write_bytes(part.read_bytes())
    fewer = spec.model_copy(update={"people": spec.people.model_copy(update={"count": 100})})
    with pytest.raises(InvalidInput, match=f"not below the {PEOPLE} that this one holds"):
        run_cohort(fewer, arms, tmp_path, chunk=CUT)
    assert len(list(tmp_path.iterdir())) == len(written[1])


def test_a_worker_of_another_version_computes_nothing(small):
    key = digest(*small)
    with pytest.raises(InvalidInput, match="another version on a worker"):
        engine._chunk(*small, f"other{key}", 0, CUT)


def test_lost_workers_end_in_words(monkeypatch):
    distributed = pytest.importorskip("distributed")

    def lost(problem):
        raise problem

    for problem in (
        distributed.client.FutureCancelledError("chunk", "scheduler gone"),
        distributed.KilledWorker("chunk", None, 4),
    ):
        future = SimpleNamespace(key="chunk", result=partial(lost, problem))
        client = SimpleNamespace(
            loop=None, scheduler_info=lambda **_: {"workers": {}}, submit=partial(lambda found, *_, **__: found, future)
        )
        monkeypatch.setattr(distributed, "as_completed", lambda **_: Added())
        with pytest.raises(InvalidInput, match="what is finished stays"):
            list(engine.each_call(len, [((),)], client))


class Added(list):
    """Futures, each done at once."""

    add = list.append


def test_another_cohort_in_the_folder_is_refused_and_left_alone(small, written, tmp_path):
    spec, arms = small
    (tmp_path / written[1][0].name).write_bytes(written[1][0].read_bytes())
    (tmp_path / "part-9.parquet").write_text("no table")
    with pytest.raises(InvalidInput, match="another cohort") as caught:
        run_cohort(spec.model_copy(update={"seed": 9}), arms, tmp_path, chunk=CUT)
    assert [fault.path for fault in caught.value.faults] == ["--output"]
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_row_depends_on_is_in_the_hash(small):
    spec, arms = small
    stronger = replace(arms[0], target_fluence=arms[0].target_fluence * 1.01)
    assert digest(spec, arms) == digest(spec, arms)
    assert digest(spec, [stronger]) != digest(spec, arms)


def test_a_chunk_is_whole_batches(small, tmp_path):
    with pytest.raises(ValueError, match="multiple of 64"):
        run_cohort(*small, tmp_path, chunk=100)


def test_without_the_extra_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingEngine, match=r"pip install 'nervelight\[cluster\]'"):
        tables.optional("pyarrow")


def test_the_summary_counts_everybody_once(small, written, rows):
    spec, arms = small
    found = summarise_cohort(spec, arms, written[1], "hash", "0")
    protocol = found.protocols[0]
    assert sum(cell.people for cell in protocol.cells) == protocol.people == PEOPLE
    assert protocol.reached.share == pytest.approx(rows["reached"].mean())
    assert sum(cell.reached for cell in protocol.cells) == rows["reached"].sum()
    assert protocol.findings["rate.ratio"] == pytest.approx(rows["finds_rate_ratio"].mean())
    assert sum(protocol.match_time_s.counts) == sum(protocol.given_fluence_j_cm2.counts) == PEOPLE
    assert protocol.skin_c[0] == pytest.approx(np.median(rows["skin_c"]), abs=0.1)
    ends = np.array(protocol.match_time_s.ends)
    assert ends[0] <= rows["match_time_s"].min() and rows["match_time_s"].max() <= ends[-1]
    for cell in protocol.cells:
        inside = rows["phototype"] == ["I", "II", "III", "IV", "V", "VI"].index(cell.tone) + 1
        if cell.depth_low_mm is not None:
            inside &= rows["target_depth_mm"] > cell.depth_low_mm
        if cell.depth_high_mm is not None:
            inside &= rows["target_depth_mm"] <= cell.depth_high_mm
        assert cell.people == inside.sum()
        if cell.people:
            middle = np.quantile(rows["match_time_s"][inside], 0.5, method="inverted_cdf")
            assert cell.median_time_s == pytest.approx(middle, rel=0.025)


def test_who_gets_too_little_in_a_fixed_time_is_left_out(small, rows, tmp_path):
    spec, arms = small
    time = float(np.median(rows["match_time_s"]))
    people = spec.people.model_copy(update={"count": 64})
    fixed = spec.protocols[0].model_copy(update={"time": time})
    spec, arms = spec.model_copy(update={"people": people, "protocols": (fixed,)}), [replace(arms[0], protocol=fixed)]
    found = summarise_cohort(spec, arms, run_cohort(spec, arms, tmp_path), "hash", "0").protocols[0]
    wait = rows["match_time_s"][:64]
    assert found.left_out["time"] == np.sum((wait > time) & (wait <= fixed.field_cap)) > 0
    assert found.left_out["cap"] == np.sum(wait > fixed.field_cap)
    assert found.window_j_cm2 is None and "the time that everybody gets" in page_of(spec, found)
    # Where a guideline's window on the skin is followed, the page speaks of no trial and of no rate at the target.
    window = found.model_copy(update={"trial_fluence_j_cm2": None, "window_j_cm2": 8.0})
    page = page_of(spec, window)
    assert "window on the skin, up to 8" in page and "the trial" not in page.replace("less than the trial", "")


def page_of(spec, protocol):
    told = {"label": "", "condition": spec.condition, "seed": 0, "worlds": 8, "people": 64, "sha256": "", "version": ""}
    return cohort_page(CohortSummary(**told, assumed=(), drawn=(), common=(), protocols=(protocol,)))


@pytest.mark.slow
def test_a_lost_worker_costs_only_its_chunk(small, written, tmp_path):
    """A scheduler and two workers of their own, as on a cluster; one is killed while it computes."""
    log, begun = tmp_path / "scheduler.log", time.monotonic()
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    with log.open("w") as written_to:
        scheduler = subprocess.Popen([*command, "--no-dashboard"], stderr=written_to, cwd=tmp_path)
    started, workers = [scheduler], []
    try:
        while not (found := re.search(r"Scheduler at:\s+(tcp://[\d.]+:\d+)", log.read_text())):
            assert time.monotonic() - begun < 60
            time.sleep(0.1)
        address = found[1]
        for _ in range(2):
            command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
            command += ["--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path / "scratch")]
            workers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=tmp_path))
        started += workers
        told = []

        def progress(done, _):
            told.append(done)
            if len(told) == 2:
                workers[0].send_signal(signal.SIGKILL)

        with connect(address=address) as client:
            client.wait_for_workers(2, timeout=30)
            parts = run_cohort(*small, tmp_path / "people", client, chunk=CUT, progress=progress)
        assert workers[0].wait(timeout=10) == -signal.SIGKILL
        assert told[-1] == PEOPLE
        assert [part.read_bytes() for part in parts] == [part.read_bytes() for part in written[1]]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait(timeout=10)


@pytest.mark.slow
def test_the_files_are_the_same_bits_with_workers_and_without(small, written, tmp_path, two_workers):
    parts = run_cohort(*small, tmp_path, two_workers, chunk=CUT)
    assert [part.read_bytes() for part in parts] == [part.read_bytes() for part in written[1]]


def test_an_address_where_nobody_answers_is_a_fault():
    with pytest.raises(InvalidInput, match="running scheduler"), connect(address="nonsense://127.0.0.1:1"):
        pass
