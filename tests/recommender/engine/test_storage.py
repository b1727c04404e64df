"""A model on disk: the same as in memory, or refused with the reason."""

import hashlib
import json
import resource
from dataclasses import replace

import numpy as np
import pytest

from recommender.engine.data import PaperText, Settings, votes_from_triples
from recommender.engine.fit import fit
from recommender.engine.score import ReaderVectors, prepare, score
from recommender.engine.storage import MANIFEST, DamagedModel, load, save


@pytest.fixture
def folder(model, tmp_path):
    save(model, tmp_path / "m1")
    return tmp_path / "m1"


def scores(model):
    known = np.array([3, 5], dtype=np.int32)
    taste = ReaderVectors(
        model.rows[known], known, np.array([1, -1], np.float32), model.represent([PaperText(title="grapha")])
    )
    return score(model, taste, prepare(model, model.rows))


def rewrite(folder, **changes):
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))


def test_a_saved_model_scores_like_the_one_in_memory(model, folder):
    np.testing.assert_array_equal(scores(load(folder)), scores(model))


def test_everything_comes_back(model, folder):
    again = load(folder)
    assert again.settings == model.settings
    assert again.vocabulary.terms == model.vocabulary.terms
    assert again.paper_ids.tolist() == model.paper_ids.tolist()
    assert (again.item_map != model.item_map).nnz == (again.rows != model.rows).nnz == 0


def test_a_model_without_neighbours_and_embeddings_comes_back(tmp_path):
    papers = [PaperText(title="tree leaf"), PaperText(title="leaf root")]
    votes = votes_from_triples([(0, 0, 1)], 1, 2)
    save(fit(papers, np.array([1, 2]), votes, Settings(embedding_size=0, neighbours=0)), tmp_path / "m")
    assert load(tmp_path / "m").item_map.nnz == 0


def test_a_model_from_before_authors_had_a_weight_counts_them_among_the_words(model, folder):
    manifest = json.loads((folder / MANIFEST).read_text())
    settings = {name: value for name, value in manifest["settings"].items() if name != "author_weight"}
    unsigned = {name: value for name, value in manifest.items() if name != "checksum"} | {"settings": settings}
    checksum = hashlib.sha256(json.dumps(unsigned, sort_keys=True).encode()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(unsigned | {"checksum": checksum}))
    assert load(folder).vocabulary.author_weight is None


def test_nothing_but_the_folder_is_left_after_saving(folder):
    assert [path.name for path in folder.parent.iterdir()] == ["m1"]


def test_a_model_is_never_overwritten(model, folder):
    with pytest.raises(FileExistsError, match="never overwritten"):
        save(model, folder)


def test_a_save_that_fails_leaves_nothing(model, tmp_path):
    terms = ("\ud800", *model.vocabulary.terms[1:])  # half a character, which no file takes
    with pytest.raises(UnicodeEncodeError):
        save(replace(model, vocabulary=replace(model.vocabulary, terms=terms)), tmp_path / "m2")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_is_named_with_the_space_that_is_left(model, tmp_path, smallest_files):
    with pytest.raises(OSError, match=r"could not be written; [\d,]+ MB are free") as failure:
        save(model, tmp_path / "full")
    assert (list(tmp_path.iterdir()), failure.value.__cause__ is not None) == ([], True)


@pytest.fixture
def smallest_files():
    """No file may grow beyond a kilobyte: writing then fails as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_no_file_of_a_model_can_be_cut_short(folder):
    for file in sorted(folder.iterdir()):
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(DamagedModel, match=file.name):
            load(folder)
        file.write_bytes(whole)
    load(folder)


def test_no_bit_of_a_model_can_flip_unnoticed(folder):
    for file in sorted(folder.iterdir()):
        whole = file.read_bytes()
        middle = len(whole) // 2
        file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        with pytest.raises(DamagedModel):
            load(folder)
        file.write_bytes(whole)
    load(folder)


def test_no_file_of_a_model_can_be_missing(folder):
    for file in sorted(folder.iterdir()):
        whole = file.read_bytes()
        file.unlink()
        with pytest.raises(DamagedModel, match=file.name):
            load(folder)
        file.write_bytes(whole)
    load(folder)


def test_a_folder_that_is_not_there_is_a_damaged_model(tmp_path):
    with pytest.raises(DamagedModel, match=f"nowhere.*{MANIFEST}"):
        load(tmp_path / "nowhere")


def test_another_format_is_refused_with_the_remedy(folder):
    rewrite(folder, format=99)
    with pytest.raises(DamagedModel, match=r"format 99.*train a new model"):
        load(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": 3}', "\ud800".encode(errors="surrogatepass")])
def test_a_manifest_that_is_none_is_refused(folder, text):
    (folder / MANIFEST).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DamagedModel, match=MANIFEST):
        load(folder)


@pytest.mark.parametrize("change", [{"embedding_scale": 7.0}, {"settings": {}}, {"sha256": {}}, {"checksum": "0"}])
def test_a_number_changed_in_the_manifest_is_noticed(folder, change):
    rewrite(folder, **change)
    with pytest.raises(DamagedModel, match="checksum differs"):
        load(folder)


def test_a_model_with_nan_can_be_read_and_says_so(model, tmp_path):
    spoiled = np.full_like(model.embeddings, np.nan)
    save(replace(model, embeddings=spoiled), tmp_path / "nan")
    assert not load(tmp_path / "nan").is_finite()


def test_nothing_on_disk_is_a_pickle(folder):
    assert {path.suffix for path in folder.iterdir()} == {".npy", ".json"}
    for file in folder.glob("*.npy"):
        np.load(file, allow_pickle=False)
