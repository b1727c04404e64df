"""Arrays in a file that processes map into memory: the same as before, or none."""

import numpy as np
import pytest

from recommender.engine.mapped import map_arrays, write_arrays

ARRAYS = {
    "numbers": np.arange(12, dtype=np.float32).reshape(3, 4),
    "none": np.zeros((0, 3), dtype=np.int32),
    "one column": np.arange(4, dtype=np.int16)[::2],
    "a letter": np.array([7], dtype=np.int8),
}


@pytest.fixture
def file(tmp_path):
    write_arrays(tmp_path / "arrays", "key", ARRAYS)
    return tmp_path / "arrays"


def test_arrays_come_back_as_they_were_and_cannot_be_written_to(file):
    mapped = map_arrays(file, "key")
    assert list(mapped) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(mapped[name], array)
        assert mapped[name].dtype == array.dtype
    assert not mapped["numbers"].flags.writeable


def test_a_file_that_is_not_there_or_of_another_key_gives_none(file):
    assert map_arrays(file.with_name("other"), "key") is None
    assert map_arrays(file, "another key") is None


def test_no_bit_can_flip_unnoticed_and_no_part_be_missing(file):
    whole = file.read_bytes()
    for place in (0, 70, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert map_arrays(file, "key") is None
        file.write_bytes(whole[:place])
        assert map_arrays(file, "key") is None


def test_who_uses_a_file_keeps_it_when_it_is_replaced_or_deleted(file):
    before = map_arrays(file, "key")
    write_arrays(file, "key", {"numbers": np.zeros((3, 4), dtype=np.float32)})
    after = map_arrays(file, "key")
    file.unlink()
    np.testing.assert_array_equal(before["numbers"], ARRAYS["numbers"])
    assert not after["numbers"].any()


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "arrays").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_arrays(tmp_path / "arrays", "key", ARRAYS)
    assert [path.name for path in tmp_path.iterdir()] == ["arrays"]
