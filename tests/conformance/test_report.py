"""The page that maps lines to tests is the one that the tests give."""

from __future__ import annotations

from tests.conformance import report


def test_every_line_is_listed_with_a_place_that_exists() -> None:
    lines = report.lines()

    assert [line.number for line in lines] == list(range(1, 120))
    assert [line.place for line in lines if not (report.PROJECT / line.place).exists()] == []


def test_no_test_carries_a_number_that_is_no_line() -> None:
    assert set(report.tests_by_line()) <= set(range(1, 120))


def test_the_page_is_up_to_date() -> None:
    assert report.PAGE.read_text(encoding="utf-8") == report.page()
