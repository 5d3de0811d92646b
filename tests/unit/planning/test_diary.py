"""A diary is read whole or refused row by row."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.errors import InvalidInput
from nervelight.planning.diary_reading import read_diary

HEAD = "# patient: Example A\n# synthetic: made up for a test\n"
YAML = "schema: nervelight-diary-1\npatient: A\n"
COLUMNS = "date,nrs11,peg,phq9,time,fields,distance,lamp,skin,walk,red_flags,event,other_treatment,note\n"


def diary(tmp_path, text, name="diary.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_diary(path, today=dt.date(2026, 11, 1))


def refused(tmp_path, text, name="diary.csv"):
    with pytest.raises(InvalidInput) as caught:
        diary(tmp_path, text, name)
    return {fault.path: fault for fault in caught.value.faults}


def test_a_day_holds_what_was_felt_given_and_changed(tmp_path):
    read = diary(
        tmp_path,
        HEAD + COLUMNS + "2026-08-03,6,7 6 8,,1 min 45 s,left sole; right sole,12 in,bestqool_pro300,fine,380 m,,"
        'warm feet,"duloxetine 60 mg, from 30",tired\n',
    )
    (day,) = read.days
    assert (read.patient, read.synthetic, day.row) == ("Example A", "made up for a test", "row 4")
    assert day.scores == {"nrs11": 6.0, "peg": 7.0}
    assert day.walked == 380_000
    assert day.session.fields == {"left sole": 105.0, "right sole": 105.0}
    assert day.session.distance == pytest.approx(304.8)
    assert (day.session.lamp, day.session.skin) == ("bestqool_pro300", "fine")
    assert (day.event, day.other_treatment, day.note) == ("warm feet", "duloxetine 60 mg, from 30", "tired")


def test_the_same_diary_in_yaml_and_with_semicolons(tmp_path):
    first = diary(tmp_path, HEAD + "date,nrs11,time_min,fields\n2026-08-03,6,2,left sole\n2026-08-04,5,,\n")
    second = diary(tmp_path, HEAD + "date;nrs11;fields\n2026-08-04;5;\n2026-08-03;6;left sole: 120 s\n")
    third = diary(
        tmp_path,
        "schema: nervelight-diary-1\npatient: Example A\ndays:\n"
        "- {date: 2026-08-03, nrs11: 6, fields: {left sole: 2 min}}\n- {date: 2026-08-04, nrs11: 5}\n",
        "diary.yaml",
    )
    for read in (first, second, third):
        assert read.series("nrs11") == ((dt.date(2026, 8, 3), 6.0), (dt.date(2026, 8, 4), 5.0))
        assert read.days[0].session.fields == {"left sole": 120.0}
        assert read.days[1].session is None


def test_an_answer_that_needs_somebody_at_once_is_a_red_flag_even_on_a_form_too_empty_to_score(tmp_path):
    read = diary(tmp_path, HEAD + "date,phq9\n2026-08-03,0 0 0 0 0 0 0 0 1\n2026-08-04,- - - - - - - - 2\n")
    assert [day.red_flags for day in read.days] == [("self_harm",), ("self_harm",)]
    assert read.days[0].scores == {"phq9": 1.0}
    assert read.days[1].not_scored == ("phq9",)


@pytest.mark.parametrize(
    ("cells", "where", "allowed"),
    [
        ("2026-08-03,11,,,,,,,,,,,,", "nrs11", "0 to 10"),
        ("2026-08-03,62,,,,,,,,,,,,", "nrs11", "0 to 10"),
        ("2026-08-03,six,,,,,,,,,,,,", "nrs11", "number"),
        ("2026-08-03,nan,,,,,,,,,,,,", "nrs11", "number"),
        ("2026-08-03,,7 6,,,,,,,,,,,", "peg.answers", "3 of them"),
        ("2026-08-03,,7 6 11,,,,,,,,,,,", "peg.answers[3]", "0 to 10"),
        ("2026-08-03,,,9 0 0 0 0 0 0 0 2,,,,,,,,,,", "phq9.answers[9]", "self-harm"),
        ("2026-08-03,,,,105,,,,,,,,,", "time", "with its unit"),
        ("2026-08-03,,,,12 in,,,,,,,,,", "time", "a time"),
        ("2026-08-03,,,,2 min,,90 s,,,,,,,", "distance", "a length"),
        ("2026-08-03,,,,30 h,,,,,,,,,", "time", "from 1 s to 24 h"),
        ("2026-08-03,,,,2 min,left sole; left sole,,,,,,,,", "fields", "each field once"),
        ("2026-08-03,,,,2 min,left sole: 2 min,,,,,,,,", "time", "not both"),
        ("2026-08-03,,,,,left sole: 2 min; right sole,,,,,,,,", "fields", "behind each field"),
        ("2026-08-03,,,,,left sole,,,,,,,,", "time", "the time of the session"),
        ("2026-08-03,,,,,,,,fine,,,,,", "time", "the time of the session"),
        ("2026-08-03,,,,2 min,,,no_such_lamp,,,,,,", "lamp", "a lamp of the catalogue"),
        ("2026-08-03,,,,2 min,,,,good,,,,,", "skin", "fine"),
        ("2026-08-03,,,,,,,,,380,,,,", "walk", "with its unit"),
        ("2026-08-03,,,,,,,,,,charcot,,,", "red_flags", "a known red flag"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_row_date_and_reason(tmp_path, cells, where, allowed):
    faults = refused(tmp_path, HEAD + COLUMNS + "2026-08-02,5,,,,,,,,,,,,\n" + cells + "\n")
    assert allowed in str(faults[f"row 5 (2026-08-03).{where}"])


@pytest.mark.parametrize(
    ("date", "allowed"),
    [("3.8.2026", "YYYY-MM-DD"), ("2026-13-03", "month"), ("", "required"), ("2026-11-02", "today is 2026-11-01"),
     ("1926-08-03", "2000-01-01"), ("45872", "YYYY-MM-DD")],
)  # fmt: skip
def test_a_wrong_date_is_refused(tmp_path, date, allowed):
    faults = refused(tmp_path, f"{HEAD}date,nrs11\n{date},5\n")
    (fault,) = faults.values()
    assert fault.path.endswith("date")
    assert allowed in str(fault)


def test_a_day_twice_is_refused_also_when_it_has_other_faults(tmp_path):
    faults = refused(tmp_path, HEAD + "date,nrs11\n2026-08-03,5\n2026-08-03,6\n2026-08-03,12\n")
    assert "row 4" in str(faults["row 5 (2026-08-03).date"])
    assert "with their times added" in str(faults["row 5 (2026-08-03).date"])
    assert set(faults) == {"row 5 (2026-08-03).date", "row 6 (2026-08-03).date", "row 6 (2026-08-03).nrs11"}


@pytest.mark.parametrize(
    ("text", "where", "allowed"),
    [
        ("date,nrs1\n2026-08-03,5\n", "column 2", "did you mean 'nrs11'"),
        ("date,time,time_min\n2026-08-03,2 min,2\n", "column 3", "one unit"),
        ("date,time_s,time_min\n2026-08-03,2,2\n", "column 3", "one unit"),
        ("date,nrs11,nrs11\n2026-08-03,5,5\n", "column 3", "has nrs11 already"),
        ("day,nrs11\n2026-08-03,5\n", "columns", "named date"),
        ("date,time_min\n2026-08-03,105 s\n", "row 4 (2026-08-03).time_min", "bare number in min"),
        ("date,nrs11\n2026-08-03,6,5\n", "row 4", "under the header"),
        ("date,nrs11,\n2026-08-03,6,5\n", "row 4", "under the header"),
        ('date,nrs11\n2026-08-03,"6\n2026-08-04,7\n', "row 5", "quotes are closed"),
        ("date;nrs11\n2026-08-03;6,5\n", "row 4 (2026-08-03).nrs11", "decimals with a point"),
        ("date,nrs11\n", "file", "at least one day"),
        ('date,time_min\n2026-08-03,"1,75"\n', "row 4 (2026-08-03).time_min", "decimals with a point"),
        ("date,nrs11\n########,5\n", "row 4 (########).date", "widen it"),
        ("date,nrs11\n#2026-08-03,5\n", "row 4 (#2026-08-03).date", "YYYY-MM-DD"),
        ('date,note\n2026-08-03,"two\nlines"\n', "row 5 (2026-08-03).note", "one line of text"),
        ("", "file", "a row a day"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path, text, where, allowed):
    assert allowed in str(refused(tmp_path, HEAD + text)[where])


@pytest.mark.parametrize(
    ("text", "where", "allowed"),
    [
        ("days: []\n", "schema", "nervelight-diary-1"),
        ("schema: nervelight-diary-1\npatient: A\ndays: []\n", "file", "at least one day"),
        ("schema: nervelight-diary-1\npatient: A\ndays: {a: 1}\n", "days", "one entry a day"),
        ("schema: nervelight-diary-1\npatient: A\ndays: [5]\n", "days[0]", "an entry with a date"),
        ("schema: nervelight-diary-1\npatient: A\nday: 1\ndays: [{date: 2026-08-03}]\n", "day", "unknown key"),
        (
            "schema: nervelight-diary-1\npatient: A\ndays: [{date: 2026-08-03, nrs: 5}]\n",
            "days[0] (2026-08-03).nrs",
            "nrs11",
        ),
        (
            "schema: nervelight-diary-1\npatient: A\ndays: [{date: 2026-08-03, nrs11: true}]\n",
            "days[0] (2026-08-03).nrs11",
            "numb",
        ),
        ("- 5\n", "file", "a mapping"),
    ],
)
def test_yaml_that_is_no_diary_is_refused(tmp_path, text, where, allowed):
    assert allowed in str(refused(tmp_path, text, "diary.yaml")[where])


@pytest.mark.parametrize(
    ("head", "where", "allowed"),
    [
        ("", "patient", "required"),
        ("# patient: \n", "patient", "required"),
        ("# pateint: A\n", "row 1", "did you mean 'patient'"),
        ("# patient: A\n# patient: B\n", "row 2", "once"),
        ("# patient: A\n# made on a Monday\n", "row 2", "known: schema, patient, synthetic"),
    ],
)
def test_a_diary_says_once_whose_it_is(tmp_path, head, where, allowed):
    assert allowed in str(refused(tmp_path, head + "date,nrs11\n2026-08-03,5\n")[where])


def test_a_table_out_of_a_spreadsheet_is_read(tmp_path):
    text = "\ufeff" + '"# patient: Example A";;\r\n;;\r\ndate;nrs11;note\r\n2026-08-03;6;"a; b"\r\n;;\r\n'
    (day,) = diary(tmp_path, text).days
    assert (day.row, day.scores, day.note) == ("row 4", {"nrs11": 6.0}, "a; b")
    assert diary(tmp_path, "# patient: A\ndate\tnrs11\n2026-08-03\t6\n", "diary.tsv").series("nrs11")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InvalidInput, match="a file that exists"):
        read_diary(tmp_path / "none.csv")


@given(
    st.lists(
        st.tuples(st.dates(dt.date(2020, 1, 1), dt.date(2026, 10, 30)), st.integers(0, 10)),
        min_size=1,
        unique_by=lambda row: row[0],
    )
)
def test_every_day_written_is_read_in_whatever_order(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("diary") / "diary.csv"
    path.write_text("# patient: A\ndate,nrs11\n" + "".join(f"{date},{score}\n" for date, score in rows))
    assert read_diary(path).series("nrs11") == tuple(sorted((date, float(score)) for date, score in rows))
