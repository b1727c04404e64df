"""`manage.py evaluate`: a table, rows as JSON, differences, pictures; the same digits again; errors before the work."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from recommender.encoder.bert_onnx import convert
from recommender.engine.encoder import Encoder
from tests import peers
from tests.recommender.encoder import tiny

from .folder import write, write_vectors, write_world

SHARED = Path(settings.BASE_DIR).parent / "shared" / "data"
COLUMNS = {
    "protocol", "reveal", "system", "readers", "seconds", "ndcg@10", "ndcg@10_low", "ndcg@10_high", "recall@20",
    "recall@100", "mrr",
}  # fmt: skip
QUICK = ("--readers", "20", "--systems", "paperboy,popularity,tfidf-centroid")


@pytest.fixture(scope="module")
def folder(world, tmp_path_factory):
    folder = write_world(tmp_path_factory.mktemp("planted") / "set", world)
    write_vectors(folder, world)
    return folder


def output_of(folder, *options):
    out, error = StringIO(), StringIO()
    call_command("evaluate", str(folder), *options, stdout=out, stderr=error)
    return out.getvalue(), error.getvalue()


def rows_of(folder, tmp_path, *options):
    file = tmp_path / "rows.json"
    output_of(folder, *QUICK, "--json", str(file), *options)
    return json.loads(file.read_text())


@pytest.mark.parametrize(
    ("protocol", "reveals"),
    [
        ("new-papers", {0, 1, 3, 5, 10, 20, "all", "known"}),
        ("warm", {1, 5, 10, "all"}),
        ("time", {"5+", "all"}),
    ],
)
def test_each_protocol_writes_a_row_for_each_reveal_and_system_with_the_promised_keys(
    folder, tmp_path, protocol, reveals
):
    rows = rows_of(folder, tmp_path, "--protocol", protocol, "--seed", "1")
    assert all(set(row) == COLUMNS and row["protocol"] == protocol for row in rows)
    assert {(row["reveal"], row["system"]) for row in rows} == {
        (reveal, system) for reveal in reveals for system in ("paperboy", "popularity", "tfidf-centroid")
    }


def test_all_data_sets_are_in_one_table_by_all_that_each_can_answer(folder, tmp_path):
    """The planted world has days and times but no authors; the other folder has tags."""
    papers = [{"id": str(row), "title": f"word{row % 3}", "tags": [f"t{row % 2}"]} for row in range(12)]
    tagged = write(tmp_path / "tagged", papers, [f"{reader}\t{row}\t1" for reader in range(9) for row in range(12)])
    file, out = tmp_path / "lines.json", StringIO()
    options = (*QUICK, "--all", "--json", str(file))
    call_command("evaluate", str(folder), str(tagged), *options, stdout=out, stderr=StringIO())
    lines = json.loads(file.read_text())
    assert {(line["data_set"], line["protocol"], *line["without"]) for line in lines} == {
        ("set", "time"), ("tagged", "new-papers"), ("tagged", "warm"), ("tagged", "new-papers", "tags"),
        ("tagged", "warm", "tags"),
    }  # fmt: skip
    table = [line for line in out.getvalue().splitlines() if "difference" in line]
    assert len(table) == len(lines)
    assert table[0].startswith("set time")
    for line, text in zip(lines, table, strict=True):
        assert line["difference"] == pytest.approx(line["ours"] - line["best_peer"])
        assert f"{line['peer']} " in text
        assert f"difference {line['difference']:+.4f}" in text


def test_all_leaves_out_what_cannot_be_measured_and_says_so(folder, tmp_path):
    small, error = write(tmp_path / "small", [{"id": "p", "title": "word"}], []), StringIO()
    call_command("evaluate", str(small), str(folder), *QUICK, "--all", stdout=StringIO(), stderr=error)
    assert f"{small}: left out: warm" in error.getvalue()
    with pytest.raises(CommandError, match="no data set can be measured"):
        output_of(small, *QUICK, "--all")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--protocol", "warm"], "--protocol: leave it out with --all"),
        (["--from", "2026-01-01"], "--from: leave it out with --all"),
        (["--systems", "paperboy"], "--systems paperboy: name paperboy and a peer"),
    ],
)
def test_all_chooses_by_itself_and_compares(folder, options, reason):
    with pytest.raises(CommandError, match=reason):
        output_of(folder, "--all", *options)


def test_several_folders_need_all(folder):
    with pytest.raises(CommandError, match="2 folders: name one, or add --all"):
        output_of(folder, str(folder))


def test_an_encoder_makes_the_vectors_once_for_the_same_texts(tmp_path, settings, monkeypatch):
    settings.DATA_DIR = tmp_path
    papers = [{"id": str(row), "title": "diffusion language model"[: 9 + row], "abstract": "a"} for row in range(10)]
    folder = write(tmp_path / "set", papers, [f"{reader}\t{row}\t1" for reader in range(9) for row in range(10)])
    encoder, texts, encode = tiny.write_originals(tmp_path / "tiny"), [], Encoder.encode
    convert(encoder, encoder / "model.onnx")
    monkeypatch.setattr(Encoder, "encode", lambda self, given: texts.append(len(given)) or encode(self, given))
    file = tmp_path / "rows.json"
    options = ("--systems", "vectors-centroid", "--reveal", "1", "--json", str(file), "--encoder", str(encoder))
    for without in ((), (), ("--without", "abstract")):
        output_of(folder, *options, *without)
        assert {row["system"] for row in json.loads(file.read_text())} == {"vectors-centroid"}
    assert [count for count in texts if count == len(papers)] == [10, 10]  # others are of loading it


def test_a_damaged_encoder_is_named(folder, tmp_path):
    with pytest.raises(CommandError, match=r"model\.onnx: No such file"):
        output_of(folder, *QUICK, "--encoder", str(tmp_path))


def test_ratings_are_measured_by_a_loss_with_the_lowest_first(world, tmp_path):
    """Every reader rates the first two papers, in the order of the numbers of their readers."""
    folder = write_world(tmp_path / "set", world)
    readers = range(world.votes.n_readers)
    lines = [f"{reader}\t{paper}\t{5 - paper}" for reader in readers for paper in (0, 1)]
    (folder / "ratings.tsv").write_text("".join(line + "\n" for line in ("reader\tpaper\trating", *lines)))
    file = tmp_path / "rows.json"
    out, _ = output_of(folder, *QUICK, "--protocol", "ratings", "--json", str(file))
    rows = json.loads(file.read_text())
    assert all(set(row) == COLUMNS | {"loss", "loss_low", "loss_high"} for row in rows)
    printed = [float(line.split("loss ")[1].split()[0]) for line in out.splitlines() if "loss " in line]
    assert printed == pytest.approx(sorted(row["loss"] for row in rows), abs=1e-4)
    assert "NDCG@10" not in out


def test_without_systems_ours_and_every_peer_run(folder, tmp_path):
    file = tmp_path / "rows.json"
    output_of(folder, "--readers", "5", "--reveal", "2", "--json", str(file))
    assert {row["system"] for row in json.loads(file.read_text())} == {"paperboy", *peers.WANTED}


def test_without_vectors_the_peers_that_need_them_are_left_out(folder, tmp_path):
    file = tmp_path / "rows.json"
    output_of(folder, "--readers", "5", "--reveal", "2", "--encoder", "off", "--json", str(file))
    assert {row["system"] for row in json.loads(file.read_text())} == {"paperboy", *peers.WANTED} - {*peers.ON_VECTORS}


@pytest.mark.parametrize("protocol", ["new-papers", "warm"])
def test_the_same_seed_gives_the_same_bytes_but_for_the_seconds(folder, tmp_path, protocol):
    def bytes_of():
        rows = rows_of(
            folder, tmp_path, "--protocol", protocol, "--reveal", "1,known", "--systems", "paperboy,lightfm,als"
        )
        return json.dumps([row | {"seconds": 0} for row in rows])

    assert bytes_of() == bytes_of()


def test_differences_are_written_for_every_peer(folder, tmp_path):
    file = tmp_path / "differences.json"
    output_of(folder, *QUICK, "--reveal", "1,5", "--differences", str(file))
    is_best = {(gain["reveal"], gain["peer"]): gain["is_best_peer"] for gain in json.loads(file.read_text())}
    assert set(is_best) == {(reveal, peer) for reveal in (1, 5) for peer in ("popularity", "tfidf-centroid")}
    assert is_best[5, "tfidf-centroid"]
    assert not is_best[5, "popularity"]


def test_pictures_are_named_for_their_protocol(folder, tmp_path):
    output_of(folder, *QUICK, "--reveal", "1,5", "--pictures", str(tmp_path / "curves"))
    assert (tmp_path / "curves" / "new-papers.svg").read_text().startswith("<svg")


def test_the_table_shows_intervals_the_best_first_and_the_gain_against_the_best_peer(folder):
    out, error = output_of(folder, *QUICK, "--reveal", "5")
    lines = [line.split()[2] for line in out.splitlines() if "NDCG@10" in line]
    assert lines[-1] == "popularity"
    assert "5 votes  paperboy against the best peer, tfidf-centroid:" in out
    assert "paperboy: learned in" in error


def test_notes_on_the_data_are_shown(world, tmp_path):
    folder = write_world(tmp_path / "set", world)
    votes = (folder / "votes.tsv").read_text()
    (folder / "votes.tsv").write_text(votes + votes.splitlines()[1] + "\n")
    assert "1 votes repeat an earlier one and count once" in output_of(folder, *QUICK, "--reveal", "5")[1]


def test_a_reveal_without_readers_is_left_out_and_named(folder):
    error = output_of(folder, *QUICK, "--protocol", "warm", "--reveal", "5,400")[1]
    assert "400 votes: left out" in error


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--protocol", "magic"], "invalid choice: 'magic'"),
        (["--systems", "magic"], "--systems magic: unknown; use paperboy, popularity"),
        (
            ["--encoder", "off", "--systems", "vectors-centroid"],
            "vectors-centroid: the data set has no sentence vectors",
        ),
        (["--reveal", "many"], "'many': must be a number of votes, all, known, 2-4 or 5"),
        (["--reveal", "-1"], "'-1': must be a number of votes"),
        (["--readers", "0"], "'0': must be a whole number from 1"),
        (["--seed", "-1"], "'-1': must be a whole number from 0"),
        (["--without", "colour"], "invalid choice: 'colour'"),
        (["--json", "nowhere/rows.json"], "must be a file in an existing folder"),
        (["--pictures", "nowhere/curves"], "or a new one in an existing folder"),
        (["--from", "2026-01-01"], "--from is for --protocol time"),
        (["--protocol", "ratings"], r"the folder has no ratings; add ratings\.tsv"),
        (["--protocol", "time", "--from", "soon"], "argument --from: invalid"),
        (["--protocol", "time", "--reveal", "5"], r"of readers with 0, 1, 2-4, 5\+, all of them; not 5"),
        (["--encoder", "nowhere"], "'nowhere': must be the folder of an encoder, or off"),
        (["--readers-part", "other"], "invalid choice: 'other'"),
        (
            ["--without", "title", "--without", "abstract"],
            r"no paper has a word to learn from \(without title, abstract\)",
        ),
    ],
)
def test_a_bad_option_is_refused_in_words(folder, options, reason):
    with pytest.raises(CommandError, match=reason):
        output_of(folder, *options)


def test_a_folder_without_a_data_set_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r"neither papers\.jsonl nor papers\.jsonl\.gz"):
        output_of(tmp_path)


@pytest.mark.parametrize("votes", [[], ["r\t0\t1"], ["r\t0\t-1", "s\t1\t-1"]])
@pytest.mark.parametrize("protocol", ["new-papers", "warm"])
def test_too_few_votes_cannot_be_measured_and_it_says_so(tmp_path, protocol, votes):
    papers = [{"id": str(row), "title": f"word{row}"} for row in range(10)]
    with pytest.raises(CommandError, match="no reader has both votes to reveal and held-out up-votes"):
        output_of(write(tmp_path / "set", papers, votes), "--protocol", protocol)


@pytest.mark.parametrize("protocol", ["new-papers", "warm"])
def test_one_reader_alone_is_left_in_training_and_measured_as_known(tmp_path, protocol):
    papers = [{"id": str(row), "title": f"word{row}"} for row in range(10)]
    folder, file = write(tmp_path / "set", papers, [f"r\t{row}\t1" for row in range(10)]), tmp_path / "rows.json"
    output_of(folder, "--protocol", protocol, "--reveal", "0,5,known", "--json", str(file))
    assert {(row["reveal"], row["readers"]) for row in json.loads(file.read_text())} == {("known", 1)}


def test_a_missing_extra_is_named_with_the_remedy(folder, monkeypatch):
    monkeypatch.setattr(peers, "SYSTEMS", {name: peers.SYSTEMS[name] for name in ("popularity", "recency")})
    with pytest.raises(CommandError, match=r"als, bpr.*: not installed; run pip install -e '\.\[peers\]'"):
        output_of(folder)
    output_of(folder, "--systems", "popularity", "--reveal", "1")


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the real data sets are not at {SHARED}")
def test_on_real_papers_content_beats_popularity_before_anybody_voted(tmp_path):
    file = tmp_path / "rows.json"
    systems = ("--systems", "popularity,tfidf-centroid")
    output_of(SHARED / "citeulike-a", "--readers", "50", "--reveal", "10", "--json", str(file), *systems)
    low = {row["system"]: row["ndcg@10_low"] for row in json.loads(file.read_text())}
    high = {row["system"]: row["ndcg@10_high"] for row in json.loads(file.read_text())}
    assert low["tfidf-centroid"] > high["popularity"]
