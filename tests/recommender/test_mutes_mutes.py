"""What readers do not want to meet: what can be muted, and in which form it is kept."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Mute
from recommender import mutes
from recommender.mutes import MOST_MUTES, fold

BAD = [
    ("category", "cs.QQ", "is not an arXiv category"),
    ("author", "A", "2 to 100 characters; this one has 1"),
    ("author", "a" * 101, "this one has 101"),
    ("word", "", "this one has 0"),
    ("word", "?!", "no letter or digit"),
    ("word", "\ufdfa" * 100, "spelt out; write it shorter"),
    ("word", "bell \x07 rings", "control characters"),
    ("word", "half \ud800 here", "control characters"),
]


@pytest.mark.parametrize(("kind", "text", "problem"), BAD)
def test_what_cannot_be_muted_is_refused_with_the_remedy(ada, kind, text, problem):
    with pytest.raises(ValidationError, match=problem) as refusal:
        mutes.add(ada, kind, text)
    assert (list(refusal.value.message_dict), ada.mutes.count()) == (["text"], 0)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Erdős–Rényi", "erdos renyi"),
        ("Łukasz Kaiser", "lukasz kaiser"),
        ("  LARGE-language\tmodels ", "large language models"),
        ("GPT-4", "gpt 4"),
        ("Straße", "strasse"),
        ("图 神经", "图 神经"),
        ("snake_case", "snake case"),
        ("...", ""),
    ],
)
def test_words_are_folded_without_case_accents_and_signs(text, folded):
    assert fold(text) == folded


def test_a_mute_keeps_what_was_written_beside_what_is_compared(ada):
    found = [mutes.add(ada, *wish) for wish in (("author", " Paul  Erdős "), ("category", "CS.cv"), ("word", "GPT-4"))]
    assert [(mute.text, mute.folded) for mute in found] == [
        ("Paul Erdős", "paul erdos"), ("cs.CV", "cs.CV"), ("GPT-4", "gpt 4"),
    ]  # fmt: skip


@pytest.mark.parametrize("again", ["gpt 4", "GPT-4", "Gpt–4"])
def test_the_same_words_twice_are_refused(ada, again):
    mutes.add(ada, "word", "GPT-4")
    with pytest.raises(ValidationError, match="is muted already"):
        mutes.add(ada, "word", again)


def test_two_readers_may_mute_the_same(ada, bob):
    assert [mutes.add(reader, "word", "quantum").reader for reader in (ada, bob)] == [ada, bob]


def test_there_is_room_for_a_hundred_and_no_more(ada):
    Mute.objects.bulk_create(
        Mute(reader=ada, kind="word", text=f"word {n}", folded=f"word {n}") for n in range(MOST_MUTES)
    )
    with pytest.raises(ValidationError, match="you have 100 mutes"):
        mutes.add(ada, "word", "one too many")


@pytest.mark.parametrize("columns", [{"kind": "journal"}, {"folded": ""}, {"folded": "quantum"}])
def test_the_database_refuses_what_is_no_mute_or_there_already(ada, columns):
    mutes.add(ada, "word", "quantum")
    wanted = {"kind": "word", "text": "x", "folded": "x"} | columns
    with pytest.raises(IntegrityError), transaction.atomic():
        ada.mutes.create(**wanted)


def test_own_names_are_kept_once_each_in_the_order_given():
    assert mutes.clean_own_names(["Ada  Lovelace", "A. Lovelace", "ada lovelace"]) == ["ada lovelace", "A. Lovelace"]
    with pytest.raises(ValidationError, match="5 names of your own; these are 6"):
        mutes.clean_own_names([f"Ada {n}" for n in range(6)])
    with pytest.raises(ValidationError, match="2 to 100"):
        mutes.clean_own_names(["A"])
