"""Caching of API responses: entity tags, 304 and compression."""

import gzip

import pytest
from django.http import HttpRequest
from django.urls import reverse

from feeds.http.conditional import matching_tag
from recommender.interests import add

TAG = "abc"


def asking(value):
    request = HttpRequest()
    request.META["HTTP_IF_NONE_MATCH"] = value
    return request


@pytest.mark.parametrize(
    "value", ['"abc"', 'W/"abc"', '"x", "abc"', '"x","abc"', ' W/"x" , W/"abc" ', "*", '"abc-gzip"', '"a,b", "abc"']
)
def test_a_tag_matches_in_every_form_of_rfc_9110(value):
    assert matching_tag(asking(value), TAG)


@pytest.mark.parametrize("value", ["", "abc", '"ab"', '"abcd"', '"x"', 'w/"', '"abc', '"*"', '"ABC"', '"abc-md"'])
def test_other_and_malformed_tags_do_not_match(value):
    assert not matching_tag(asking(value), TAG)


def test_a_response_has_a_strong_tag_that_gets_a_304_without_a_body(ada, api_of):
    client = api_of(ada)
    tag = client.get(reverse("me"))["ETag"]
    again = client.get(reverse("me"), HTTP_IF_NONE_MATCH=tag)
    assert tag.startswith('"')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert not again.has_header("Content-Type")


def test_a_304_has_the_caching_headers_of_the_response(ada, api_of):
    client = api_of(ada)
    answer = client.get(reverse("me"))
    again = client.get(reverse("me"), HTTP_IF_NONE_MATCH=answer["ETag"])
    assert [again[name] for name in ("Cache-Control", "Vary")] == [answer[name] for name in ("Cache-Control", "Vary")]


def test_a_changed_response_has_another_tag_and_a_body(ada, api_of):
    client = api_of(ada)
    tag = client.get(reverse("me-interests"))["ETag"]
    add(ada, "topic", "graph neural networks")
    answer = client.get(reverse("me-interests"), HTTP_IF_NONE_MATCH=tag)
    assert answer.status_code == 200
    assert answer["ETag"] != tag


def test_head_has_the_tag_of_get(ada, api_of):
    client = api_of(ada)
    tag = client.get(reverse("me"))["ETag"]
    assert client.head(reverse("me"))["ETag"] == tag
    assert client.head(reverse("me"), HTTP_IF_NONE_MATCH=tag).status_code == 304


def test_if_none_match_does_not_prevent_a_write(ada, api_of):
    answer = api_of(ada).patch(reverse("me"), {"name": "Augusta"}, HTTP_IF_NONE_MATCH="*")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize("status", [401, 404])
def test_errors_are_not_stored(ada, api, api_of, status):
    answer = api.get(reverse("me")) if status == 401 else api_of(ada).get(reverse("me-interest", args=[99]))
    assert (answer.status_code, answer["Cache-Control"]) == (status, "no-store")
    assert not answer.has_header("ETag")


def test_responses_are_private_when_signed_in_and_otherwise_public(ada, api, api_of, client_of):
    address = reverse("api-days")
    signed_in = [api_of(ada).get(address), client_of(ada).get(address)]
    assert [answer["Cache-Control"] for answer in signed_in] == ["private, no-cache"] * 2
    assert api.get(address)["Cache-Control"] == "public, no-cache"


def test_vary_names_everything_that_a_response_depends_on(api):
    varies = {name.strip() for name in api.get(reverse("api-days"))["Vary"].split(",")}
    assert varies >= {"Authorization", "Cookie", "Accept", "Accept-Encoding"}


def long_answer(ada):
    for number in range(20):
        add(ada, "topic", f"the topic with the number {number}")
    return reverse("me-interests")


def test_compression_for_software_is_reproducible_with_a_strong_tag(ada, api_of):
    address, client = long_answer(ada), api_of(ada)
    plain = client.get(address)
    first, second = (client.get(address, HTTP_ACCEPT_ENCODING="gzip") for _ in range(2))
    assert first["Content-Encoding"] == "gzip"
    assert first.content == second.content
    assert gzip.decompress(first.content) == plain.content
    assert first["ETag"] == plain["ETag"][:-1] + '-gzip"'


def test_the_tag_of_a_compressed_response_gets_a_304(ada, api_of):
    address, client = long_answer(ada), api_of(ada)
    tag = client.get(address, HTTP_ACCEPT_ENCODING="gzip")["ETag"]
    again = client.get(address, HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=tag)
    assert (again.status_code, again["ETag"]) == (304, tag)


def test_a_padded_response_to_a_browser_has_a_weak_tag_that_gets_a_304(ada, client_of):
    address, client = long_answer(ada), client_of(ada)
    first = client.get(address, HTTP_ACCEPT_ENCODING="gzip")
    assert first["ETag"].startswith('W/"')
    assert client.get(address, HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304


def test_a_new_token_is_not_stored_and_has_no_tag(ada, api_of):
    answer = api_of(ada).post(reverse("me-tokens"), {"name": "script"})
    assert answer["Cache-Control"] == "no-store"
    assert not answer.has_header("ETag")
