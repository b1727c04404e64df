"""Every operation, tried by ada, bob and anonymous: nobody else can read, change or guess ada's data."""

import pytest
from django.db import transaction

from accounts.models import AuthToken
from tests.contract import CheckedClient

from .sample import HERS, SECRET, Sample, is_public, make_sample, operations, rows_of, unknown

SAFE = ("get",)
TOLD_OF_RATES = ("RateLimit", "RateLimit-Policy")


@pytest.fixture
def sample(ada):
    return make_sample(ada)


def ask(client, sample, method, path):
    """Try one operation and roll it back."""
    with transaction.atomic():
        response = getattr(client, method)(sample.address(path), sample.body(method, path))
        transaction.set_rollback(True)
    return response


def names_hers(path):
    return any(path.startswith(parameter) for parameter in HERS)


def is_hers(sample, method, path):
    """Whether the path or the body has an id of hers."""
    ranking = str(sample.values["/api/v1/rankings/{public_id}"])
    return names_hers(path) or ranking in str(sample.body(method, path))


def plain(response, sample, path):
    """The response without the request's own values and without the rate limit headers."""
    headers = {
        name: value
        for name, value in response.items()
        if name not in (*TOLD_OF_RATES, "Content-Length", "X-Request-ID")
    }
    body = response.getvalue().decode(errors="replace").replace(sample.address(path), path)
    for value in map(str, sample.values.values()):
        body = body.replace(value, "?") if not value.isdigit() else body
    return response.status_code, sorted(headers.items()), body


def secrets_in(response, sample, method, path):
    """Her texts, e-mail address and ids in the response, except those that the request sent."""
    sent = f"{sample.address(path)} {sample.body(method, path)}"
    secrets = [SECRET, "ada@example.org", *(value for value in sample.values.values() if isinstance(value, str))]
    text = response.getvalue().decode()
    return [secret for secret in secrets if secret in text and secret not in sent]


def test_an_operation_without_samples_is_an_error():
    with pytest.raises(LookupError, match="collection_id} has no sample value"):
        Sample({}).address("/api/v1/me/collections/{collection_id}/")


@pytest.mark.parametrize(("method", "path"), operations(), ids=lambda part: part.strip("/"))
class TestOperation:
    def test_ada_reaches_it(self, ada, sample, api_of, method, path):
        assert 200 <= ask(api_of(ada), sample, method, path).status_code < 300

    def test_anonymous_reaches_it_only_if_it_is_public(self, ada, sample, api, method, path):
        before = rows_of(ada)
        response = getattr(api, method)(sample.address(path), sample.body(method, path))
        assert (response.status_code < 300) if is_public(method, path) else (response.status_code == 401)
        assert secrets_in(response, sample, method, path) == []
        assert rows_of(ada) == before

    def test_bob_neither_sees_nor_changes_anything_of_hers(self, ada, bob, sample, api_of, method, path):
        before = rows_of(ada)
        response = getattr(api_of(bob), method)(sample.address(path), sample.body(method, path))
        assert not is_hers(sample, method, path) or response.status_code == 404
        assert secrets_in(response, sample, method, path) == []
        assert rows_of(ada) == before

    def test_what_is_hers_and_what_is_nobodys_look_alike_to_bob(self, bob, sample, api_of, method, path):
        client, nobodys = api_of(bob), unknown(sample)
        hers = plain(ask(client, sample, method, path), sample, path)
        assert not is_hers(sample, method, path) or hers == plain(ask(client, nobodys, method, path), nobodys, path)

    def test_a_token_that_may_only_read_changes_nothing(self, ada, sample, method, path):
        key = AuthToken.issue(ada, "reads", AuthToken.Scope.READ, None)[1]
        client = CheckedClient(headers={"Authorization": f"Bearer {key}"})
        before = rows_of(ada)
        response = getattr(client, method)(sample.address(path), sample.body(method, path))
        assert method in SAFE or response.status_code == 403 or rows_of(ada) == before

    def test_an_unknown_token_is_a_401_even_on_the_public_record(self, ada, sample, method, path):
        client = CheckedClient(headers={"Authorization": "Bearer pb_" + "0" * 64})
        assert ask(client, sample, method, path).status_code == 401
