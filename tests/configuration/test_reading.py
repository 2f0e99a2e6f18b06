"""Configuration files are read strictly."""

import os
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configurations import ROOT, few, read
from walkforge.configuration.strict_yaml import MAX_BYTES, MAX_DEPTH, read_strict, to_yaml
from walkforge.errors import InputError


def test_symbols_that_look_like_other_types_stay_text():
    symbols = (
        "NO ON TRUE True Yes y NULL Null NA NaN inf 000001 0700 1e3 1E-4 0x10 0o7 1_000 12:30 <<"
    )
    assert read("[" + ", ".join(symbols.split()) + "]") == symbols.split()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("0.5", 0.5),
        ("-.5", -0.5),
        ("3.", 3.0),
        ("1.0e-4", 1e-4),
        ("2.5E6", 2.5e6),
        ("2001-03-01", "2001-03-01"),
        ("'5'", "5"),
        ('"null"', "null"),
        ("|-\n  5", "5"),
        (".", "."),
        ("-", [None]),
    ],
)
def test_plain_text_is_read_narrowly(text, value):
    found = read(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", r"study.yaml, line 3: key 'a' is given twice, first on line 1"),
        ("x:\n  a: 1\n  'a': 1", "line 3: key 'a' is given twice, first on line 2"),
        ("x: [{a: 1, a: 2}]", "line 1: key 'a' is given twice"),
        ("a: &x [1]\nb: *x", "line 1: anchor &x is not supported"),
        ("b: *x", r"line 1: alias \*x is not supported"),
        ("a: .nan", r"line 1: .nan is not a finite number"),
        ("a: [1,\n -.inf]", r"line 2: -.inf is not a finite number"),
        ("a: 1.0e999", "1.0e999 is not a finite number"),
        ("a: " + "9" * 5000, "number 99999999999999999999... has 5000 characters"),
        ("a: !!python/object/apply:os.system [ls]", "tag .*os.system is not supported"),
        ("a: !!binary aGk=", "tag .* is not supported"),
        ("a: ! 5", "tag ! is not supported"),
        ("5: a", "key 5 is not text"),
        ("null: a", "key None is not text"),
        ("[a]: b", r"key \['a'\] is not text"),
        ("a: 1\n\tb: 2", "line 2: .*check indentation"),
        ("a: [1, 2", "line 1: .*brackets"),
        ("a: 'open", "line 1: .*quotes"),
        ("a: b: c", "line 1: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2", "line 2: .*another document"),
        ("a: 1\nb: \x00", "line 2: character 0 is not allowed"),
        (r'a: "\uD800"', "half a character"),
        ("[" * 10_000, f"nested deeper than {MAX_DEPTH}"),
        ("- " * 10_000, f"nested deeper than {MAX_DEPTH}"),
    ],
)
def test_faulty_yaml_is_refused_in_one_line_with_its_place(text, said):
    with pytest.raises(InputError, match=said) as raised:
        read(text)
    assert "\n" not in str(raised.value)


@few
@given(st.text(alphabet="ab1.0e-: \n\t[]{},&*!|>'\"#%@`?~\\<\x07é", max_size=30))
def test_any_text_is_a_value_or_an_input_error(text):
    try:
        value = read(text)
    except InputError as error:
        value = str(error)
        told = value.startswith("study.yaml, line ") and "\n" not in value
    else:
        told = True
    assert told
    assert read(to_yaml(value)) == value


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor(tmp_path):
    lines = ["a0: &a0 [x, x, x]"]
    lines += [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    (tmp_path / "bomb.yaml").write_text("\n".join(lines))
    with pytest.raises(InputError, match="bomb.yaml, line 1: anchor &a0"):
        read_strict(tmp_path / "bomb.yaml")


def test_files_that_are_no_configuration_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    contents = {
        "list": b"[1]",
        "empty": b"# nothing\n",
        "word": b"hello",
        "latin": b"a: 1\nb: \xe9",
        "utf16": "a: 1".encode("utf-16"),
        "large": b"#" * (MAX_BYTES + 1),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    said = {
        "list": "holds a list, not keys",
        "empty": "holds nothing, not keys",
        "word": "holds a str, not keys",
        "latin": "line 2: is not UTF-8",
        "utf16": "is not UTF-8",
        "large": "at most 1,000,000 are",
        "pipe": "no regular file",
        ".": "is a folder",
        "absent": "not found",
        "list/below": "cannot be read",
        "nul\0": "cannot be read",
    }
    for name, message in said.items():
        with pytest.raises(InputError, match=message) as raised:
            read_strict(tmp_path / name)
        assert str(raised.value).startswith(str(tmp_path))


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: x\r\n")
    assert read_strict(tmp_path / "a.yaml") == {"a": 1, "b": "x"}


def test_make_run_refuses_references_before_snakemake_unfolds_them(tmp_path):
    (tmp_path / "bomb.yaml").write_text("a: &a {x: 1}\nb: {c: *a, d: *a}\n")
    (tmp_path / "sound.yaml").write_text("seeds: [0]\n")
    said = {"bomb.yaml": "line 1: anchor &a is not supported", "sound.yaml": ""}
    for name, expected in said.items():
        command = [sys.executable, ROOT / "workflow/check_config.py", "-n", "--configfile", name]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert expected in done.stderr
        assert (done.returncode == 0) == (not expected), done.stderr
    assert "check_config.py $(ASKED)" in (ROOT / "Makefile").read_text()


def test_make_run_tells_a_target_that_is_taken_for_a_file(tmp_path):
    (tmp_path / "my.yaml").write_text("seeds: [0]\n")
    command = [sys.executable, ROOT / "workflow/check_config.py", "--cores", "all"]
    for words, told in {
        "ranking --configfile my.yaml": False,
        "--configfile my.yaml ranking": True,
    }.items():
        done = subprocess.run(
            [*command, *words.split()], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        said = "ranking: not found: .*: every word after --configfile is a file: write targets"
        assert bool(re.search(said, done.stderr)) == told == bool(done.returncode), done.stderr


def test_make_run_lays_a_study_over_the_configuration_and_asks_for_its_target():
    asked = {
        "STUDY=my.yaml TARGET=ranking": "--cores all ranking --configfile my.yaml",
        "": "--cores all",
    }
    for said, words in asked.items():
        command = ["make", "-n", "run", "TORCH=cpu", "-o", "install", *said.split()]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        typed = [line for line in done.stdout.splitlines() if "/snakemake" in line]
        assert [" ".join(line.split()[1:]) for line in typed] == [words]
