"""Readers and the truths that the database guards."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuthToken, Interest, User


def assert_refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_a_reader_needs_an_e_mail_address(db):
    with pytest.raises(ValueError, match="needs an e-mail address"):
        User.objects.create_user("")


def test_two_readers_cannot_share_an_address_in_any_case(ada):
    assert_refused(lambda: User.objects.create(email="ADA@example.org"))


def test_a_reader_is_called_by_name_or_else_by_address(ada):
    assert str(ada) == "Ada"
    assert str(User(email="x@example.org")) == "x@example.org"


def test_the_database_refuses_a_second_like_interest(ada):
    ada.interests.create(kind="topic", text="graphs")
    assert_refused(lambda: ada.interests.create(kind="topic", text="GRAPHS"))


@pytest.mark.parametrize("fields", [{"kind": "journal", "text": "Knuth"}, {"kind": "topic", "text": ""}])
def test_the_database_refuses_what_is_no_interest(ada, fields):
    assert_refused(lambda: Interest.objects.create(reader=ada, **fields))


def test_the_database_refuses_an_unknown_scope(ada):
    assert_refused(lambda: AuthToken.issue(ada, "script", "admin", None))


def test_a_reader_who_leaves_takes_interests_and_tokens_along(ada, bob):
    for reader in (ada, bob):
        reader.interests.create(kind="topic", text="graphs")
        AuthToken.issue(reader, "script", "read", None)
    ada.delete()
    assert [interest.reader for interest in Interest.objects.all()] == [bob]
    assert [token.user for token in AuthToken.objects.all()] == [bob]


def test_changes_of_taste_are_counted_in_the_database(ada):
    same_reader = User.objects.get(pk=ada.pk)
    ada.touch_taste()
    same_reader.touch_taste()
    assert same_reader.taste_version == 2
