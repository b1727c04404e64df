"""What a client may keep of the API, and how it asks whether that still holds."""

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
def test_a_tag_is_held_in_every_form_that_rfc_9110_allows(value):
    assert matching_tag(asking(value), TAG)


@pytest.mark.parametrize("value", ["", "abc", '"ab"', '"abcd"', '"x"', 'w/"', '"abc', '"*"', '"ABC"', '"abc-md"'])
def test_another_tag_or_none_is_not_held(value):
    assert not matching_tag(asking(value), TAG)


def test_an_answer_has_a_strong_tag_and_who_holds_it_gets_a_304_without_a_body(ada, api_of):
    client = api_of(ada)
    tag = client.get(reverse("me"))["ETag"]
    again = client.get(reverse("me"), HTTP_IF_NONE_MATCH=tag)
    assert tag.startswith('"')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert not again.has_header("Content-Type")


def test_a_304_says_what_the_answer_itself_says_of_keeping_it(ada, api_of):
    client = api_of(ada)
    answer = client.get(reverse("me"))
    again = client.get(reverse("me"), HTTP_IF_NONE_MATCH=answer["ETag"])
    assert [again[name] for name in ("Cache-Control", "Vary")] == [answer[name] for name in ("Cache-Control", "Vary")]


def test_a_changed_answer_has_another_tag_and_comes_whole(ada, api_of):
    client = api_of(ada)
    tag = client.get(reverse("me-interests"))["ETag"]
    add(ada, "topic", "graph neural networks")
    answer = client.get(reverse("me-interests"), HTTP_IF_NONE_MATCH=tag)
    assert answer.status_code == 200
    assert answer["ETag"] != tag


def test_head_has_the_tag_of_get_and_honours_it(ada, api_of):
    client = api_of(ada)
    tag = client.get(reverse("me"))["ETag"]
    assert client.head(reverse("me"))["ETag"] == tag
    assert client.head(reverse("me"), HTTP_IF_NONE_MATCH=tag).status_code == 304


def test_a_tag_that_a_client_holds_does_not_keep_it_from_writing(ada, api_of):
    answer = api_of(ada).patch(reverse("me"), {"name": "Augusta"}, HTTP_IF_NONE_MATCH="*")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize("status", [401, 404])
def test_nobody_keeps_an_error(ada, api, api_of, status):
    answer = api.get(reverse("me")) if status == 401 else api_of(ada).get(reverse("me-interest", args=[99]))
    assert (answer.status_code, answer["Cache-Control"]) == (status, "no-store")
    assert not answer.has_header("ETag")


def test_what_was_made_for_somebody_is_private_and_what_is_everybodys_is_public(ada, api, api_of, client_of):
    address = reverse("api-days")
    signed_in = [api_of(ada).get(address), client_of(ada).get(address)]
    assert [answer["Cache-Control"] for answer in signed_in] == ["private, no-cache"] * 2
    assert api.get(address)["Cache-Control"] == "public, no-cache"


def test_a_shared_cache_is_told_everything_that_an_answer_depends_on(api):
    varies = {name.strip() for name in api.get(reverse("api-days"))["Vary"].split(",")}
    assert varies >= {"Authorization", "Cookie", "Accept", "Accept-Encoding"}


def long_answer(ada):
    for number in range(20):
        add(ada, "topic", f"the topic with the number {number}")
    return reverse("me-interests")


def test_a_compressed_answer_to_software_is_steady_and_has_a_strong_tag_of_its_own(ada, api_of):
    address, client = long_answer(ada), api_of(ada)
    plain = client.get(address)
    first, second = (client.get(address, HTTP_ACCEPT_ENCODING="gzip") for _ in range(2))
    assert first["Content-Encoding"] == "gzip"
    assert first.content == second.content
    assert gzip.decompress(first.content) == plain.content
    assert first["ETag"] == plain["ETag"][:-1] + '-gzip"'


def test_a_compressed_answer_that_is_held_gets_a_304_with_its_own_tag(ada, api_of):
    address, client = long_answer(ada), api_of(ada)
    tag = client.get(address, HTTP_ACCEPT_ENCODING="gzip")["ETag"]
    again = client.get(address, HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=tag)
    assert (again.status_code, again["ETag"]) == (304, tag)


def test_an_answer_to_a_browser_keeps_its_padding_and_has_a_weak_tag_that_is_honoured(ada, client_of):
    address, client = long_answer(ada), client_of(ada)
    first = client.get(address, HTTP_ACCEPT_ENCODING="gzip")
    assert first["ETag"].startswith('W/"')
    assert client.get(address, HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304


def test_a_new_token_is_never_kept_nor_tagged(ada, api_of):
    answer = api_of(ada).post(reverse("me-tokens"), {"name": "script"})
    assert answer["Cache-Control"] == "no-store"
    assert not answer.has_header("ETag")
