import json
import pickle

import pytest

from paceline import errors
from paceline.prove.load import results

MS = 1_000_000


def counted(*, planned=100, lateness_ms=0, response_ms=20, label="GET /", kinds=()):
    """One worker's results: every request answered 200, the last ones replaced by the given errors."""
    run = results.Results(planned=planned)
    run.duration_ns = 2_000 * MS
    run.cpu_ns = 100 * MS
    tally = run.tally(label)
    tally.sent = planned
    tally.statuses = {200: planned - len(kinds)}
    for kind in kinds:
        tally.errors[kind] = tally.errors.get(kind, 0) + 1
    for number in range(1, planned + 1):
        tally.response.record(response_ms * number * MS // planned)
        tally.service.record(response_ms * number * MS // planned // 2)
        run.lateness.record(int(lateness_ms * MS))
    tally.received_bytes = 10 * planned
    return run


def test_a_report_tells_rate_percentiles_and_errors():
    report = results.LoadReport.of(counted(kinds=("reset", "timeout", "reset")))

    assert (report.planned, report.total.sent, report.total.completed) == (100, 100, 97)
    assert report.total.errors == {"reset": 2, "timeout": 1}
    assert report.total.status_codes == {"200": 97}
    assert report.achieved_rate_per_s == pytest.approx(48.5)
    assert report.total.response.p50_ms == pytest.approx(10, rel=0.01)
    assert report.total.response.p99_ms == pytest.approx(19.8, rel=0.01)
    assert report.total.response.max_ms == 20
    assert report.total.service.p50_ms == pytest.approx(5, rel=0.01)
    assert (report.valid, report.reasons, report.cautions) == (True, (), ())


def test_who_left_is_counted_apart_and_merged():
    ours, theirs = counted(), counted()
    ours.tally("GET /").abandoned = 2
    theirs.tally("GET /").abandoned = 3
    ours.merge(theirs)

    report = results.LoadReport.of(ours)
    assert (report.total.abandoned, report.total.errors) == (5, {})
    assert results.LoadReport.from_dict(report.to_dict()) == report


def test_a_report_survives_json():
    report = results.LoadReport.of(counted(kinds=("reset",), lateness_ms=9))

    assert results.LoadReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


@pytest.mark.parametrize("wrong", [{}, {"total": {}}, {"total": None}])
def test_what_is_no_report_is_said_so(wrong):
    with pytest.raises(errors.UsageError, match="not a load report"):
        results.LoadReport.from_dict(wrong)


def test_a_late_generator_makes_the_report_invalid():
    """Late means: p99 above a millisecond and above a tenth of the reported p99."""
    assert results.LoadReport.of(counted(lateness_ms=1.5, response_ms=20)).valid
    assert results.LoadReport.of(counted(lateness_ms=0.9, response_ms=2)).valid

    report = results.LoadReport.of(counted(lateness_ms=3, response_ms=20))
    assert not report.valid
    assert "the generator was late itself (p99 3.0 ms of a reported 19.8 ms)" in report.reasons[0]


def test_a_run_without_any_answer_is_invalid():
    report = results.LoadReport.of(counted(planned=2, kinds=("connect", "connect")))

    assert report.reasons == ("no request was completed",)
    assert results.LoadReport.of(results.Results()).total.response == results.Latency(0, 0, 0, 0, 0)


def test_cautions_tell_of_an_early_end_a_full_pool_and_a_busy_core():
    run = counted()
    run.planned, run.queued, run.cpu_ns = 150, 7, 1_500 * MS

    early, full, busy = results.LoadReport.of(run).cautions
    assert "100 of 150 arrivals" in early
    assert "7 requests waited" in full
    assert "70 % of its core" in busy


def test_workers_merge_into_what_one_would_have_counted():
    ours, theirs = counted(label="GET /a"), counted(label="GET /b", kinds=("reset",), response_ms=40)
    theirs.duration_ns = 3_000 * MS
    ours.merge(theirs)
    report = results.LoadReport.of(ours)

    assert (report.planned, report.total.sent, report.total.completed, report.duration_s) == (200, 200, 199, 3.0)
    assert [row.label for row in report.labels] == ["GET /a", "GET /b"]
    assert ours.total().response.count == 200
    assert ours.lateness.count == 200
    assert report.generator_cpu_s == pytest.approx(0.2)
    assert report.total.received_bytes == 2_000


def test_merging_copies_and_leaves_the_other_alone():
    empty, full = results.Results(), counted()
    empty.merge(full)
    empty.merge(full)

    assert full.total().sent == 100
    assert empty.total().response.count == 200


def test_results_travel_between_processes():
    run = counted(kinds=("reset",))

    assert results.LoadReport.of(pickle.loads(pickle.dumps(run))) == results.LoadReport.of(run)


def test_labels_beyond_the_bound_share_one_row():
    run = results.Results()
    for number in range(results.MOST_LABELS + 50):
        run.tally(f"GET /{number}").sent += 1

    assert len(run.labels) == results.MOST_LABELS + 1
    assert run.labels[results.OTHER_LABEL].sent == 50
    assert run.tally("GET /0").sent == 1
