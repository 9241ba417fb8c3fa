"""Files of the kernel are read so that nothing raises."""

from hypothesis import given
from hypothesis import strategies as st
from tests import fix_kernel_files

from paceline.observe import kernel_files


def test_fields_are_numbers_and_kilobytes_become_bytes(tmp_path):
    tree = fix_kernel_files.recorded(tmp_path, fix_kernel_files.PROCESS)
    status = kernel_files.fields(tree.proc / "self" / "status")
    assert status["VmHWM"] == 130_000 * 1024
    assert status["Threads"] == 9
    assert "Name" not in status
    assert "Groups" not in status


def test_only_limits_that_are_set_are_returned(tmp_path):
    tree = fix_kernel_files.recorded(tmp_path, fix_kernel_files.PROCESS)
    assert kernel_files.soft_limits(tree.proc) == {"Max open files": 1024}


def test_what_is_absent_a_folder_or_damaged_is_none(tmp_path):
    assert kernel_files.text(tmp_path / "absent") is None
    assert kernel_files.text(tmp_path) is None
    assert kernel_files.text(tmp_path / "nul\0name") is None
    assert kernel_files.is_folder(tmp_path / "nul\0name") is False
    assert kernel_files.fields(tmp_path / "absent") == {}
    assert kernel_files.number(tmp_path / "absent") is None


@given(st.text())
def test_any_word_is_a_number_of_at_most_64_bits_or_none(word):
    value = kernel_files.integer(word)
    assert value is None or 0 <= value < 2**64
    share = kernel_files.decimal(word)
    assert share is None or 0 <= share < 2**64


def test_numbers_that_no_counter_can_hold_are_none():
    assert kernel_files.integer("-1") is None
    assert kernel_files.integer("max") is None
    assert kernel_files.integer("9" * 5_000) is None
    assert kernel_files.integer(str(2**64)) is None
    assert kernel_files.decimal("nan") is None
    assert kernel_files.decimal("inf") is None


def test_gaps_keep_the_reason_of_what_is_none_alone():
    gaps = kernel_files.Gaps()
    assert gaps.check("known", 0, "never shown") == 0
    assert gaps.check("unknown", None, "no such file") is None
    assert gaps.listed() == (("unknown", "no such file"),)
