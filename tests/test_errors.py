"""A message is short and of one line, whatever the text that it quotes."""

from walkforge.errors import MOST_BYTES, InputError


def test_a_message_is_cut_in_its_middle_and_keeps_what_to_do() -> None:
    error = InputError(f"file: {'é' * 5_000}: correct it", code="CELL")
    assert len(str(error).encode()) <= MOST_BYTES + len("CELL: ")
    assert str(error).startswith("CELL: file: é")
    assert str(error).endswith("é: correct it")
    assert str(InputError("a\nb\x1b[31m\u202e")) == "a\\nb\\x1b[31m\\u202e"


def test_lines_are_kept_until_they_are_too_many() -> None:
    assert str(InputError("faults:", lines=["  a", "  b"])) == "faults:\n  a\n  b"
    told = str(InputError("faults:", lines=[f"  fault {i}" for i in range(1_000)]))
    assert len(told.encode()) < 2_000
    assert told.splitlines()[-1].startswith("  and ")
