"""Lines and fields of a text file, by hand and against the csv module."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bar_files import configure
from walkforge.data.text_file import fields_of, read_lines, split_lines
from walkforge.errors import InputError

TEXT = configure().text


def lines_of(tmp_path, content: bytes):
    (tmp_path / "a.csv").write_bytes(content)
    return read_lines(tmp_path / "a.csv", TEXT)


def test_blank_lines_are_left_out_and_line_numbers_are_those_of_the_file(tmp_path):
    found = lines_of(tmp_path, b"\r\na,b\r\n \t\r\n\r\n1,2\r\n")
    assert found.places.to_list() == [2, 5]
    assert found.text.to_list() == ["a,b", "1,2"]
    assert found.ended
    assert found.issues.is_empty()


def test_a_mark_is_taken_away_and_told(tmp_path):
    found = lines_of(tmp_path, b"\xef\xbb\xbfa,b")
    assert found.text.to_list() == ["a,b"]
    assert found.issues.select("action", "code", "line").rows() == [("REPAIR", "BOM", 1)]
    assert not found.ended


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a\nb\rc\n", r"NEWLINE: .*a\.csv: line 2: "),
        (b"a\r\nb\r\nc\rd\r\n", r"NEWLINE: .*line 3: "),
        (b"a\nb\n\xe9\n", r"ENCODING: .*line 3: byte b'\\xe9' is not utf-8"),
        (b"a\nb\0c\n", r"BINARY: .*line 2: "),
        ("a,b\n1,2\n".encode("utf-16"), "ENCODING: .*UTF-16"),
        (b"\n  \n\n", "EMPTY: .*blank lines"),
        (b"", "EMPTY: .*0 bytes"),
        (b"\x1f\x8bx", "COMPRESSED: .*unpack"),
        (b"7z\xbc\xaf\x27\x1cx", "COMPRESSED"),
    ],
)
def test_what_is_no_plain_text_is_refused_with_its_line(tmp_path, content, said):
    with pytest.raises(InputError, match=said):
        lines_of(tmp_path, content)


@settings(derandomize=True, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6),
        min_size=2,
        max_size=5,
    )
)
def test_a_quoted_line_comes_back_as_its_fields(fields):
    quoted = ",".join('"' + field.replace('"', '""') + '"' for field in fields)
    assert fields_of(quoted, ",") == fields == next(csv.reader([quoted]))


def test_quoted_and_plain_lines_stand_side_by_side(tmp_path):
    lines = lines_of(tmp_path, b'1,2\n"a,b",3\n"x""y",\n4\n')
    fields, broken = split_lines(lines, 2, ",")
    assert fields.rows() == [("1", "2"), ("a,b", "3"), ('x"y', ""), (None, None)]
    assert broken.to_list() == [None, None, None, "FIELDS"]


@pytest.mark.parametrize("last", [b"3", b"3,"])
def test_a_last_line_without_its_end_is_truncated(tmp_path, last):
    with pytest.raises(InputError, match=r"TRUNCATED: .*line 2: .*fetch it again"):
        split_lines(lines_of(tmp_path, b"1,2\n" + last), 2, ",")
    ended = split_lines(lines_of(tmp_path, b"1,2\n" + last + b"\n"), 2, ",")
    assert ended[0].height == 2


@pytest.mark.parametrize("line", [b'"a,2', b'a"b,"2', b'"a"b,2'])
def test_a_quote_that_is_not_closed_or_inside_a_field_is_refused(tmp_path, line):
    with pytest.raises(InputError, match=r"QUOTE: .*line 2: "):
        split_lines(lines_of(tmp_path, b"1,2\n" + line + b"\n"), 2, ",")
