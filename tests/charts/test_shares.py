"""Parts of a whole: progress bars and facet bars."""

from hypothesis import given
from hypothesis import strategies as st

from analyses.charts.shares import Part, progress, shares


def test_done_and_failed_lie_side_by_side() -> None:
    bar = progress(done=700, failed=100, waiting=200)

    assert bar.parts == (Part(0.0, 700.0, "done"), Part(700.0, 100.0, "failed"))
    assert bar.total == 1000


def test_a_finished_batch_fills_the_bar() -> None:
    assert progress(done=3, failed=0, waiting=0).parts == (Part(0.0, 1000, "done"),)


def test_a_batch_without_rows_has_an_empty_bar() -> None:
    assert progress(done=0, failed=0, waiting=0).parts == ()


def test_one_failure_among_a_million_stays_visible_and_inside() -> None:
    done, failed = progress(done=999_999, failed=1, waiting=0).parts

    assert (done.x, done.width) == (0.0, 998.0)
    assert (failed.x, failed.width) == (998.0, 2.0)


def test_one_success_among_a_million_failures_stays_visible_too() -> None:
    done, failed = progress(done=1, failed=999_999, waiting=0).parts

    assert (done.width, failed.width) == (2.0, 998.0)


@given(*[st.integers(min_value=0, max_value=10**9)] * 3)
def test_parts_never_leave_the_bar(done: int, failed: int, waiting: int) -> None:
    bar = progress(done=done, failed=failed, waiting=waiting)

    assert all(part.width > 0 and part.x + part.width <= 1000 for part in bar.parts)
    assert [part.tone for part in bar.parts] == ["done"] * bool(done) + ["failed"] * bool(failed)


def test_shares_are_percentages_of_the_largest_count() -> None:
    assert shares([3822, 2913, 0]) == [100.0, 76.22, 0.0]


def test_shares_of_nothing_are_zero() -> None:
    assert shares([0, 0]) == [0.0, 0.0]
    assert shares([]) == []
