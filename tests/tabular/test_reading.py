"""Every physical record becomes a row, a refusal with its reason, or a skipped line; the ids are those of faults.md."""

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analyses.choices import REJECTED_RAW_BYTES_MAX
from analyses.exceptions import UnreadableFileError
from analyses.tabular.dialects import Dialect
from analyses.tabular.reading import Record, RejectedRecord, Shape
from tests.tabular.files import items_of_bytes, outcome_of_bytes

THREE_COLUMNS = Shape("utf-8", Dialect(","), 1, ("id", "text", "source"))
HEADER = "id,text,source\r\n"

cells = st.text(
    alphabet=st.one_of(
        st.sampled_from("ab ,;\"'\\\n\r\t\u2028\x85\x0b=é🍣"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
    ),
    max_size=12,
)
rows_of_three = st.lists(st.tuples(cells, cells, cells), max_size=12)
# What damages a file: the characters that mean something to a reader, and a few that do not.
damaged_files = st.lists(
    st.sampled_from(
        [
            b'"',
            b'""',
            b",",
            b",,",
            b"\n",
            b"\r",
            b"\r\n",
            b"\x00",
            b"\\",
            b"\xff",
            b"\xc3",
            b"a",
            b" ",
            b"text",
        ]
    ),
    max_size=60,
).map(b"".join)


def written(rows: list[tuple[str, ...]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def line_count(text: str) -> int:
    return len(re.findall(r"\r\n|\r|\n", text)) + (not text.endswith(("\r", "\n")) and text != "")


@given(rows_of_three)
def test_a_well_formed_file_comes_back_cell_by_cell(rows: list[tuple[str, ...]]) -> None:
    """C11, C16: quoted newlines, U+2028, NEL and VT are what they are."""
    items = items_of_bytes((HEADER + written(rows)).encode(), THREE_COLUMNS)

    assert [item.values for item in items if isinstance(item, Record)] == rows
    assert len(items) == len(rows)


@given(rows_of_three)
def test_records_name_the_physical_line_where_they_start(rows: list[tuple[str, ...]]) -> None:
    """C16: a line is what ends at LF, CR or CR LF, also inside quotes."""
    items = items_of_bytes((HEADER + written(rows)).encode(), THREE_COLUMNS)

    starts = [2 + line_count(written(rows[:position])) for position in range(len(rows))]
    assert [item.line for item in items] == starts


@given(damaged_files)
@example(b'"\r\r\n"')
@example(b'a,"b\nc,d,e')
def test_any_bytes_are_accounted_for_line_by_line(damage: bytes) -> None:
    """C16: no exception, lines only go up, and none is passed over outside a record that was kept."""
    content = HEADER.encode() + damage
    items = items_of_bytes(content, THREE_COLUMNS)

    total = line_count(content.decode("utf-8", "surrogateescape"))
    lines = [item.line for item in items]
    assert lines == sorted(set(lines))
    expected = 2
    for item, following in zip(items, [*lines, total + 1][1:], strict=True):
        assert item.line == expected, "a line was lost"
        if isinstance(item, Record):
            breaks = sum(len(re.findall(r"\r\n|\r|\n", value)) for value in item.values)
            assert following - item.line == breaks + 1, "a kept record covers the lines of its cells"
        elif isinstance(item, RejectedRecord):
            assert line_count(item.raw.decode("utf-8", "surrogateescape")) == following - item.line
        else:
            assert following == item.line + 1
        expected = following
    assert expected == total + 1


@given(damaged_files, st.integers(0, 30))
def test_reading_on_behind_a_line_gives_the_rest_of_the_same_items(damage: bytes, after_line: int) -> None:
    """C15: after a crash the same file gives the same items at the same lines."""
    content = HEADER.encode() + damage

    everything = items_of_bytes(content, THREE_COLUMNS)
    rest = items_of_bytes(content, THREE_COLUMNS, after_line=after_line)

    assert rest == [item for item in everything if item.line > after_line]


def plain_rows(count: int) -> list[tuple[str, ...]]:
    """Rows as people write them: bare cells, quoted commas, quoted quotes, two lines, an empty cell."""
    texts = [
        "plain words",
        "one, two and three",
        'they said "never again" twice',
        "first line\nsecond, line",
        "",
        '49" wide',
        '"quoted" from the start, and on',
        ", begins with a comma",
        "\nbegins with a line end",
        "ends with a comma,",
        "ends with a line end\n",
    ]
    return [(str(position), texts[position % len(texts)], "shop") for position in range(count)]


def damage_one(row: str, kind: str, place: int) -> str:
    """Damage a written row at one place: a quote too many or too few, a comma too many or too few, a NUL."""
    end = row.rstrip("\r\n")
    place %= len(end) + 1
    if kind in {'"', ",", "\x00"}:
        return end[:place] + kind + end[place:] + "\r\n"
    wanted = '"' if kind == "no quote" else ","
    places = [position for position, character in enumerate(end) if character == wanted]
    if not places:
        return row
    gone = places[place % len(places)]
    return end[:gone] + end[gone + 1 :] + "\r\n"


@pytest.mark.parametrize("kind", ['"', ",", "\x00", "no quote", "no comma"])
@pytest.mark.parametrize("damaged", range(22))
def test_one_damaged_row_never_costs_another(damaged: int, kind: str) -> None:
    """C07, C16: at every place; all other rows survive, byte for byte, at their lines."""
    for place in range(max(map(len, map(str, plain_rows(22)))) + 1):
        one_damaged_row_never_costs_another(damaged, kind, place)


def one_damaged_row_never_costs_another(damaged: int, kind: str, place: int) -> None:
    rows = plain_rows(22)
    parts = [written([row]) for row in rows]
    parts[damaged] = damage_one(parts[damaged], kind, place)
    items = items_of_bytes((HEADER + "".join(parts)).encode(), THREE_COLUMNS)

    kept = {item.line: item.values for item in items if isinstance(item, Record)}
    for position, row in enumerate(rows):
        line = 2 + line_count("".join(parts[:position]))
        if position != damaged:
            assert kept.get(line) == row


def test_an_unclosed_quote_costs_its_own_line_only() -> None:
    """C07: the error stands where the quote opened; the standard library swallows the rest into one row."""
    body = "".join(f"{number},text {number},shop\n" for number in range(1000))
    outcome = outcome_of_bytes(f'{HEADER}x,"never closed,shop\n{body}'.encode())

    assert [(item.line, "quote" in item.reason) for item in outcome.rejected] == [(2, True)]
    assert len(outcome.records) == 1000


def test_an_unclosed_quote_in_the_last_line_is_refused() -> None:
    """C07: there is no line behind it that could close it."""
    outcome = outcome_of_bytes(f'{HEADER}1,good,shop\n2,"open,shop'.encode())

    assert outcome.values == [("1", "good", "shop")]
    assert [item.line for item in outcome.rejected] == [3]


def test_an_unclosed_quote_in_the_header_hides_no_row() -> None:
    """C07: the standard library would make one header of the whole file."""
    outcome = outcome_of_bytes(b'id,"text,source\n1,a,x\n2,b,x\n')

    assert outcome.preview.shape.header_line == 1
    assert len(outcome.items) == 2


def test_a_text_about_commas_and_quotes_is_not_changed() -> None:
    """C16: what stands inside quotes stays, also where the way of quoting had to be found out."""
    outcome = outcome_of_bytes(f'{HEADER}1, "said, ""no"" , and left" ,x\n2,"C:\\dir, \\"a\\"",x\n'.encode())

    assert outcome.values == [("1", 'said, "no" , and left', "x"), ("2", 'C:\\dir, "a"', "x")]


def test_an_open_quote_is_refused_whatever_stands_in_it() -> None:
    """C07: not taken for another way of quoting, even with doubled quotes inside."""
    outcome = outcome_of_bytes(f'{HEADER}1,"said, ""no"" and so,x\n2,b,x\n'.encode())

    assert [item.line for item in outcome.rejected] == [2]
    assert outcome.values == [("2", "b", "x")]


def test_the_first_bad_bytes_may_stand_far_behind_the_start() -> None:
    """C01: a file that begins with plain English is CP1252 where its first accent is."""
    rows = b"1,plain words,shop\n" * 20_000
    outcome = outcome_of_bytes(HEADER.encode() + rows + b"2,caf\xe9 \x96 closed,shop\n")

    assert outcome.preview.shape.encoding == "cp1252"
    assert outcome.values[-1] == ("2", "café – closed", "shop")


def test_a_nul_refuses_its_own_record_and_names_the_column() -> None:
    """C03: it is never dropped silently, and never reaches a database."""
    outcome = outcome_of_bytes(f"{HEADER}1,good,shop\n2,ba\x00d,shop\n3,good,shop\n".encode())

    assert [(item.line, item.column, item.raw) for item in outcome.rejected] == [
        (3, "text", b"2,ba\x00d,shop\n")
    ]
    assert [record.line for record in outcome.records] == [2, 4]


def test_bytes_that_are_not_the_encoding_refuse_only_their_records() -> None:
    """C01: UTF-8 with three bad bytes; never U+FFFD, and the original bytes are kept."""
    rows = [f"{number},Füße und Köche,shop\n".encode() for number in range(100)]
    for bad in (10, 50, 90):
        rows[bad] = rows[bad].replace("ü".encode(), b"\xfc")
    outcome = outcome_of_bytes(HEADER.encode() + b"".join(rows))

    assert outcome.preview.shape.encoding == "utf-8"
    assert [item.line for item in outcome.rejected] == [12, 52, 92]
    assert {item.column for item in outcome.rejected} == {"text"}
    assert outcome.rejected[0].raw == rows[10]
    assert {values[1] for values in outcome.values} == {"Füße und Köche"}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
def test_encodings_are_found_and_read(encoding: str) -> None:
    """C01, C02: with and without BOM; the header never begins with U+FEFF."""
    body = "".join(f"{number},Größe {number} für 5 Königinnen,shop\n" for number in range(100))
    outcome = outcome_of_bytes((HEADER + body).encode(encoding))

    assert outcome.preview.shape.columns == ("id", "text", "source")
    assert outcome.values[7] == ("7", "Größe 7 für 5 Königinnen", "shop")
    assert len(outcome.values) == 100


@pytest.mark.parametrize("encoding", ["iso8859-2", "koi8-r", "shift_jis", "gb18030"])
def test_a_chosen_encoding_is_read(encoding: str) -> None:
    """C01: what cannot be detected can be chosen."""
    text = {"iso8859-2": "žluťoučký kůň", "koi8-r": "доброе утро"}.get(encoding, "東京")
    shape = Shape(encoding, Dialect(","), 1, ("id", "text", "source"))
    items = items_of_bytes(f"{HEADER}1,{text},x\n".encode(encoding), shape)

    assert items == [Record(2, ("1", text, "x"))]


def test_undefined_cp1252_bytes_refuse_their_record() -> None:
    """C01: 0x81 means nothing in CP1252; its record is refused, not the file."""
    shape = Shape("cp1252", Dialect(","), 1, ("id", "text", "source"))
    good, bad = items_of_bytes(HEADER.encode() + b"1,caf\xe9,x\r\n2,\x81,x\r\n", shape)

    assert good == Record(2, ("1", "café", "x"))
    assert not isinstance(bad, Record)
    assert bad.line == 3


def test_ragged_rows_are_padded_cut_or_refused() -> None:
    """C05: missing cells are empty, empty extra cells are dropped, filled extra cells mean a shift."""
    outcome = outcome_of_bytes(f"{HEADER}1,short\n2,even,x\n3,empty extras,x,,\n4,shifted,x,y\n".encode())

    assert outcome.values == [("1", "short", ""), ("2", "even", "x"), ("3", "empty extras", "x")]
    assert [(item.line, "4 cells" in item.reason) for item in outcome.rejected] == [(5, True)]


def test_blank_lines_and_lines_above_the_header_are_skipped_and_counted() -> None:
    content = "# exported by a tool;;\n\nid,text,source\n1,a,x\n\n2,b,x\n   \n"
    outcome = outcome_of_bytes(content.encode())

    assert outcome.preview.shape.header_line == 3
    assert outcome.skipped == [1, 2, 5, 7]
    assert outcome.values == [("1", "a", "x"), ("2", "b", "x")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_reads_the_same(end: str) -> None:
    """C11: LF, CR LF, bare CR; characters that only look like line ends stay in their cells."""
    lines = ["id,text,source", "1,a\u2028b\x85c\x0bd\x0ce,x", "2,b,x", "3,c,x"]
    outcome = outcome_of_bytes(end.join(lines).encode())

    assert outcome.values == [("1", "a\u2028b\x85c\x0bd\x0ce", "x"), ("2", "b", "x"), ("3", "c", "x")]
    assert [record.line for record in outcome.records] == [2, 3, 4]


def test_mixed_line_ends_and_newlines_in_quotes_stay_as_they_are() -> None:
    """C11: each line may end in its own way; a CR LF in a cell stays one."""
    outcome = outcome_of_bytes(b'id,text,source\r\n1,"a\r\nb\rc\nd",x\r2,b,x\n3,c,x')

    assert outcome.values == [("1", "a\r\nb\rc\nd", "x"), ("2", "b", "x"), ("3", "c", "x")]
    assert [record.line for record in outcome.records] == [2, 6, 7]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_found(delimiter: str) -> None:
    """C11: also where the other three stand in the texts."""
    texts = ["one, two; three|four\tfive".replace(delimiter, "/"), "plain", "a, b, c".replace(delimiter, "/")]
    content = "\n".join(delimiter.join((str(position), text, "x")) for position, text in enumerate(texts))
    outcome = outcome_of_bytes(f"{delimiter.join(('id', 'text', 'source'))}\n{content}\n".encode())

    assert [values[1] for values in outcome.values] == texts


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('1,"said ""no""",x', 'said "no"'),
        ('1,"said \\"no\\"",x', 'said "no"'),
        ('1,said "no",x', 'said "no"'),
        ('1, "said ""no, never""" ,x', 'said "no, never"'),
    ],
)
def test_four_ways_of_quoting_are_read(line: str, text: str) -> None:
    """C16: doubled, with a backslash, bare, and with spaces around the quotes."""
    outcome = outcome_of_bytes(f"{HEADER}0,before,x\n{line}\n2,behind,x\n".encode())

    assert [values[1] for values in outcome.values] == ["before", text, "behind"]


def test_equal_and_empty_header_names_are_numbered() -> None:
    """C06: no column hides another."""
    outcome = outcome_of_bytes(b" text ,text,id,\n1,2,3,4\n")

    assert outcome.preview.shape.columns == ("text", "text (2)", "id", "column 4")
    assert outcome.values == [("1", "2", "3", "4")]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\r\n  \n", b"\xff\xfe", b"\xef\xbb\xbf\n\n"])
def test_a_file_without_a_record_is_refused_in_words(content: bytes) -> None:
    """C10: empty, only a BOM, only blank lines."""
    with pytest.raises(UnreadableFileError, match="empty"):
        outcome_of_bytes(content)


def test_a_header_without_rows_is_readable() -> None:
    """C10: no rows is an answer, not an error."""
    outcome = outcome_of_bytes(b"id,text\r\n")

    assert outcome.preview.shape.columns == ("id", "text")
    assert outcome.items == ()


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"PK\x03\x04\x14\x00\x06\x00",
        b"%PDF-1.7\n%\xe2\xe3\n",
        b"<!DOCTYPE html>\n<html><body>a,b</body></html>",
        b"  <html lang='en'>\n",
        b"\x1f\x8b\x08\x00\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        bytes(range(256)) * 40,
    ],
)
def test_other_content_is_refused_whatever_its_name(content: bytes) -> None:
    """C13: the content decides."""
    with pytest.raises(UnreadableFileError) as refused:
        outcome_of_bytes(content)

    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("header", [",".join(f"c{number}" for number in range(10_000)), "a" * 2_000_000])
def test_an_endless_header_is_refused(header: str) -> None:
    """C14: ten thousand columns, one name of two million characters."""
    with pytest.raises(UnreadableFileError):
        outcome_of_bytes(f"{header}\n1,2\n".encode())


def test_a_line_longer_than_any_record_is_refused_and_the_next_is_read() -> None:
    """C04: in the middle of a file, quoted or not."""
    long = b"x" * 3_000_000
    body = b'1,good,x\n2,"' + long + b'",x\n3,good,x\n4,' + long + b",x\n5,good,x\n"
    outcome = outcome_of_bytes(HEADER.encode() + body)

    assert [item.line for item in outcome.rejected] == [3, 5]
    assert all("longer than" in item.reason for item in outcome.rejected)
    assert all(len(item.raw) == REJECTED_RAW_BYTES_MAX for item in outcome.rejected)
    assert [record.line for record in outcome.records] == [2, 4, 6]


def test_a_text_of_ten_thousand_lines_is_one_record() -> None:
    """An export may hold a text of nothing but line breaks, and imports again."""
    text = "\n" * 10_000
    items = items_of_bytes((HEADER + written([("1", text, "x"), ("2", "b", "x")])).encode(), THREE_COLUMNS)

    assert items == [Record(2, ("1", text, "x")), Record(10_003, ("2", "b", "x"))]


def test_a_single_column_needs_no_delimiter() -> None:
    outcome = outcome_of_bytes(b"text\nhello, world\nfine\n\nso, it, goes\n")

    assert outcome.preview.shape.columns == ("text",)
    assert outcome.preview.guess.text == "text"
    assert len(outcome.records) + len(outcome.rejected) == 3


def test_a_record_across_a_block_of_the_reader_is_whole() -> None:
    """The file is read in blocks; where they end must not be seen."""
    rows: list[tuple[str, ...]] = [
        (str(number), f'line one, "{number}"\r\nline two', "x" * (number % 97)) for number in range(20_000)
    ]
    items = items_of_bytes((HEADER + written(rows)).encode(), THREE_COLUMNS)

    assert [item.values for item in items if isinstance(item, Record)] == rows
