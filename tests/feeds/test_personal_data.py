"""Every table and column with personal data is deleted with its reader, and exported or listed with the reason.

The tables are found in the models, so that a new one without an answer fails here.
"""

import pytest
from django.apps import apps
from django.db import models

from accounts.models import User
from feeds.transfer.export_account import SETTINGS

from .transfer.test_export_account import NO_SECTION, SECTION_OF

# Tables that reach a reader through another one, and the section in which that one tells of them, or why none does.
THROUGH = {
    "recommender.Saved": "collections",
    "feeds.Mailed": "mailed",
    "feeds.WebhookMessage": "attempts to deliver events that are in the file",
    "feeds.Listing": "when a feed first held a paper, so that it keeps its place there",
}
NOT_A_READERS = {
    "feeds.Subscriber": "an address without an account; `digest.forgetting` deletes it with a reader of that address",
    "account.EmailConfirmation": "links of confirmation, which are secrets, until they are used",
    "knox.AuthToken": "another package's table, which is not made",
}
OWN_COLUMNS = {
    "id": "a number for the database alone",
    "email": "at the head of the file",
    "password": "a secret",
    "joined_at": "at the head of the file",
    "last_login": "when the reader last signed in, which sessions say as well",
    "is_active": "an operator's",
    "is_staff": "an operator's",
    "is_superuser": "an operator's",
    "is_simulated": "never of a person",
    "taste_version": "counts changes that are in the file",
}
KEPT_WITHOUT_NAME = {"feeds.Submission.submitter"}  # the paper stays in the catalogue


def steps(model):
    """Its foreign keys within the site, with the table each leads to."""
    keys = (field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey))
    return [(field, field.related_model) for field in keys if field.related_model is not model]


def ways(model, met=()):
    """All ways from a table to a reader, each as the foreign keys that it takes."""
    if model is User:
        return [()]
    return [(key, *rest) for key, target in steps(model) if target not in met for rest in ways(target, (*met, model))]


LEADING = {model._meta.label: ways(model) for model in apps.get_models() if model is not User and ways(model)}


def has_address(model):
    return any(isinstance(f, models.EmailField) or f.name in ("email", "address") for f in model._meta.concrete_fields)


def is_direct(label):
    accessors = [relation for relation in User._meta.related_objects if relation.related_model._meta.label == label]
    names = {relation.get_accessor_name() for relation in accessors}
    return bool(names & {*SECTION_OF, *NO_SECTION, *(f"{name}_set" for name in NO_SECTION)})


def test_the_search_finds_direct_and_indirect_references():
    assert {"recommender.Vote", "recommender.Saved", "feeds.Delivery", "accounts.KeptAnswer"} <= LEADING.keys()
    assert "recommender.Paper" not in LEADING


@pytest.mark.parametrize("label", sorted(LEADING))
def test_a_table_with_data_of_a_reader_is_exported_or_listed_as_an_exception(label):
    assert is_direct(label) or label in THROUGH or label in NOT_A_READERS, ways(apps.get_model(label))


@pytest.mark.parametrize("label", sorted(LEADING))
def test_rows_are_deleted_with_their_reader(label):
    """On one way at least all keys cascade, save where a row is kept without a name."""
    held = [{key for key in way if key.remote_field.on_delete is not models.CASCADE} for way in LEADING[label]]
    assert not all({f"{key.model._meta.label}.{key.name}" for key in way} - KEPT_WITHOUT_NAME for way in held)


def test_every_column_of_an_email_address_is_in_a_known_table():
    with_address = {model._meta.label for model in apps.get_models() if has_address(model)} - {User._meta.label}
    assert with_address <= LEADING.keys() | NOT_A_READERS.keys()


def test_every_column_of_a_reader_is_exported_or_listed_as_an_exception():
    columns = {field.name for field in User._meta.concrete_fields}
    assert columns == {*SETTINGS, *OWN_COLUMNS}
