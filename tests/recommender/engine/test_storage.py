"""A model on disk: the same as in memory, or refused with the reason."""

import errno
import hashlib
import json
import resource
import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.engine.data import PaperText, Settings, votes_from_triples
from recommender.engine.fit import fit
from recommender.engine.model import COMPUTED
from recommender.engine.ridge import ridge_map
from recommender.engine.score import ReaderVectors, prepare, score
from recommender.engine.storage import MANIFEST, DamagedModel, load, mapped_file, save
from tests.recommender import planted

from .readers import arrays_of


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
    assert (again.ridge.gain, again.encoder) == (model.ridge.gain, model.encoder)
    assert (again.ridge.terms, again.ridge.dense) == (model.ridge.terms, model.ridge.dense)
    for name, array in arrays_of(model).items():
        assert array.tobytes() == arrays_of(again)[name].tobytes(), name


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


def as_format_4(folder):
    """Rewrite a model's folder as the first versions with sentence vectors wrote it.

    Directions are not rounded, and the columns of vectors are in half precision.
    """
    vectors = np.load(folder / "vectors.npy") * np.load(folder / "vectors_scale.npy")[:, None]
    np.save(folder / "vectors.npy", vectors.astype(np.float16))
    directions = np.load(folder / "directions.npy") * np.load(folder / "directions_scale.npy")[:, None]
    np.save(folder / "directions.npy", directions)
    for name in ("vectors", "directions"):
        (folder / f"{name}_scale.npy").unlink()
    sign(folder, {"format": 4})


def sign(folder, changes, without=()):
    """Write a manifest with these changes, and the checksums of the files that are there."""
    manifest = json.loads((folder / MANIFEST).read_text())
    files = sorted(file for file in folder.iterdir() if file.name != MANIFEST)
    unsigned = {name: value for name, value in manifest.items() if name not in (*without, "checksum")} | {
        "sha256": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
        **changes,
    }
    checksum = hashlib.sha256(json.dumps(unsigned, sort_keys=True).encode()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(unsigned | {"checksum": checksum}))


def as_format_3(folder):
    """Rewrite a model's folder as versions up to the first with sentence vectors wrote it.

    LightFM's columns stand behind the terms in one sparse matrix, and the ridge map covers all of them.
    """
    as_format_4(folder)
    arrays = {part: np.load(folder / f"rows.{part}.npy") for part in ("data", "indices", "indptr")}
    embedded = np.load(folder / "embedded.npy")
    shape = (len(embedded), len(json.loads((folder / "terms.json").read_text())))
    terms = sp.csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
    rows = sp.hstack([terms, sp.csr_matrix(embedded)], format="csr", dtype=np.float32)
    for part in ("data", "indices", "indptr"):
        np.save(folder / f"rows.{part}.npy", getattr(rows, part))
    for name in ("embedded", "vectors", "vector_mean", "vector_transform"):
        (folder / f"{name}.npy").unlink()
    settings = json.loads((folder / MANIFEST).read_text())["settings"]
    settings = {name: value for name, value in settings.items() if "vector" not in name}
    sign(folder, {"format": 3, "settings": settings}, without=("ridge_terms", "ridge_dense", "encoder"))


@pytest.mark.parametrize("kind", ["words", "authors and vectors"], indirect=True)
def test_a_model_of_format_4_scores_the_same(model, folder):
    as_format_4(folder)
    old = load(folder)
    np.testing.assert_allclose(old.rows.toarray(), model.rows.toarray(), atol=1e-3)  # half precision
    np.testing.assert_allclose(scores(old), scores(model), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("author_weight", [None, 0.3])
def test_a_model_of_format_3_scores_the_same(world, tmp_path, author_weight):
    """Its authors stand among the words and its ridge map covers them, too: here with every term in the map."""
    model = planted.fit_small(replace(world, vectors=None), replace(planted.SMALL, author_weight=author_weight))
    every = sp.hstack([model.rows.terms, sp.csr_matrix(model.rows.dense)], format="csr")
    ridge = ridge_map(every, 11.0, model.settings.rank, 1, model.rows.dense.shape[1]).rounded()
    model = replace(model, ridge=ridge)
    save(model, tmp_path / "m3")
    as_format_3(tmp_path / "m3")
    old = load(tmp_path / "m3")
    np.testing.assert_array_equal(scores(old), scores(model))
    np.testing.assert_array_equal(old.rows.toarray(), model.rows.toarray())
    assert old.settings.author_weight == author_weight
    assert old.vector_map.width == 0


def test_vectors_of_a_model_come_back_bit_for_bit_though_stored_in_16_bits(vector_model, tmp_path):
    save(vector_model, tmp_path / "m")
    again, first = load(tmp_path / "m"), vector_model.embeddings.shape[1]
    assert np.load(tmp_path / "m" / "vectors.npy").dtype == np.int16
    assert vector_model.rows.dense[:, first:].any()
    assert again.rows.dense[:].tobytes() == vector_model.rows.dense.tobytes()
    texts, vectors = [PaperText(title="grapha"), PaperText()], planted.unit_rows(np.ones((2, planted.VECTOR)))
    new, before = again.represent(texts, vectors), vector_model.represent(texts, vectors)
    assert new.dense.tobytes() == before.dense.tobytes()


def address(array):
    """The pages of the array in the file that it is mapped from: path and offset."""
    start = array.__array_interface__["data"][0]
    for line in Path("/proc/self/maps").read_text().splitlines():
        first, last = (int(number, 16) for number in line.split()[0].split("-"))
        if first <= start < last:
            return line.split()[5:], start - first
    return None


def test_a_model_is_in_a_file_that_processes_share(folder):
    """Two loads map the same file, which is not among the models; without sharing there is none."""
    first, second = load(folder), load(folder)
    for array in (lambda model: model.rows.terms.data, lambda model: model.projected.whole):
        assert address(array(first)) == address(array(second)) is not None
        assert address(array(first))[0] == [str(mapped_file(folder))]
    assert address(load(folder, is_shared=False).rows.terms.data)[0] != [str(mapped_file(folder))]
    assert not mapped_file(folder).is_relative_to(folder.parent)


def test_what_serving_needs_is_in_the_file_and_the_same_as_computed(model, folder):
    loaded, own = load(folder), load(folder, is_shared=False)
    for name in COMPUTED:
        assert name in vars(loaded)
        assert vars(loaded)[name].tobytes() == getattr(own, name).tobytes(), name
        np.testing.assert_allclose(vars(loaded)[name], getattr(model, name), rtol=1e-6)
    np.testing.assert_array_equal(loaded.projected[:], model.projected)
    np.testing.assert_array_equal(vars(loaded.vocabulary)["kinds"], model.vocabulary.kinds)
    assert (loaded.by_term != model.by_term).nnz == 0
    np.testing.assert_array_equal(scores(own), scores(loaded))


def test_a_mapped_file_that_was_altered_or_is_of_another_model_is_made_again(world, small, folder):
    expected = scores(load(folder))
    file = mapped_file(folder)
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    np.testing.assert_array_equal(scores(load(folder)), expected)
    assert file.read_bytes() == content
    shutil.rmtree(folder)
    other = planted.fit_small(world, replace(small, prior_weight=5.0))
    save(other, folder)
    np.testing.assert_array_equal(scores(load(folder)), scores(other))


def test_without_space_for_the_mapped_file_the_model_is_in_memory(model, folder, caplog):
    with smallest_files():
        loaded = load(folder)
    np.testing.assert_array_equal(scores(loaded), scores(model))
    assert "m1 takes memory in each process" in caplog.text
    assert list(mapped_file(folder).parent.iterdir()) == []


def test_a_file_system_without_locks_shares_a_model_as_well(folder, monkeypatch):
    def refuse(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    assert load(folder).is_finite()
    assert mapped_file(folder).exists()


def test_a_model_of_this_process_alone_has_no_mapped_file(folder):
    load(folder, is_shared=False)
    assert not mapped_file(folder).exists()


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


def test_a_disk_that_is_full_is_named_with_the_space_that_is_left(model, tmp_path):
    with smallest_files(), pytest.raises(OSError, match=r"could not be written; [\d,]+ MB are free") as failure:
        save(model, tmp_path / "full")
    assert (list(tmp_path.iterdir()), failure.value.__cause__ is not None) == ([], True)


@contextmanager
def smallest_files():
    """No file may grow beyond a kilobyte: writing then fails as on a full disk. Ends before the test is reported."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_the_inverse_comes_back_bit_for_bit_and_takes_no_room_for_zeros(model, tmp_path, shared):
    """Readers who share no paper have zeros; of readers who all do, the half of a symmetric matrix is stored."""
    readers = model.direct.likes.shape[0]
    pairs = np.random.default_rng(1).normal(size=(readers, readers)).astype(np.float32)
    inverse = np.diag(np.ones(readers, dtype=np.float32)) + np.float32(shared) * (pairs + pairs.T)
    changed = replace(model, direct=replace(model.direct, inverse=inverse))
    save(changed, tmp_path / "one")
    again = load(tmp_path / "one").direct.inverse
    assert again.dtype == np.float32
    assert again.tobytes() == inverse.tobytes()
    stored = (tmp_path / "one" / "inverse.npy").stat().st_size
    assert stored < (inverse.nbytes * (0.6 if shared else 0.1))


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
