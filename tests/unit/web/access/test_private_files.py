"""A secret file is whole, private, and made by exactly one of those who try."""

import os
import stat
import threading

import pytest

from paceline.web.access import private_files


def test_a_file_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "secret"
    assert private_files.create(path, "first")
    assert not private_files.create(path, "second")
    assert private_files.read(path) == "first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


def test_of_many_who_try_at_once_one_wins(tmp_path):
    won: list[str] = []

    def attempt(name: str) -> None:
        if private_files.create(tmp_path / "secret", name * 100):
            won.append(name * 100)

    threads = [threading.Thread(target=attempt, args=(f"{number:02}",)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [private_files.read(tmp_path / "secret")]


def test_a_file_that_others_can_read_is_not_trusted(tmp_path):
    path = tmp_path / "secret"
    private_files.create(path, "content")
    path.chmod(0o644)
    with pytest.raises(PermissionError, match="delete it"):
        private_files.read(path)


def test_a_link_is_not_followed(tmp_path):
    private_files.create(tmp_path / "elsewhere", "content")
    (tmp_path / "secret").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        private_files.read(tmp_path / "secret")


def test_folders_are_made_for_their_owner_only(tmp_path):
    private_files.make_folder(tmp_path / "state" / "paceline")
    private_files.make_folder(tmp_path / "state" / "paceline")
    assert stat.S_IMODE((tmp_path / "state" / "paceline").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o601])
def test_no_right_of_others_is_overlooked(tmp_path, mode):
    private_files.create(tmp_path / "secret", "content")
    (tmp_path / "secret").chmod(mode)
    with pytest.raises(PermissionError, match="delete it"):
        private_files.read(tmp_path / "secret")


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_not_trusted(tmp_path):
    private_files.create(tmp_path / "secret", "content")
    os.chown(tmp_path / "secret", 12_345, -1)
    with pytest.raises(PermissionError, match="belongs to another user"):
        private_files.read(tmp_path / "secret")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_in_the_way_holds_nobody_up(tmp_path):
    """Opened in the ordinary way it would wait for a writer, and the host with it."""
    os.mkfifo(tmp_path / "secret", 0o600)
    with pytest.raises(PermissionError, match="no ordinary file"):
        private_files.read(tmp_path / "secret")


def test_a_folder_in_the_way_is_told(tmp_path):
    (tmp_path / "secret").mkdir(0o700)
    with pytest.raises(PermissionError, match="no ordinary file"):
        private_files.read(tmp_path / "secret")
