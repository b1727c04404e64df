"""What all compatible APIs share: the format of errors and limits, and no entry in our own schema."""

import pytest
from drf_spectacular.generators import SchemaGenerator

LAYERS = ["/api/daily_papers", "/api/papers", "/s2/recommendations/v1/papers/forpaper/2607.00001"]


def test_an_error_names_the_parameter_the_value_and_the_remedy(anonymous, db):
    message = anonymous.get("/api/daily_papers?date=yesterday").json()["error"]
    assert message == "date: must be a day written YYYY-MM-DD, such as 2026-11-23; got 'yesterday'"


def test_the_header_that_clients_show_is_plain_ascii_in_one_line(anonymous, db):
    response = anonymous.get("/api/daily_papers", {"date": "\r\nX-Evil: \u00e9"})
    assert response.status_code == 400
    assert response["X-Error-Message"].isascii()
    assert "X-Evil" not in response.headers


@pytest.mark.parametrize("address", LAYERS)
def test_rate_limits_have_the_error_format_of_the_api(anonymous, db, settings, address):
    settings.RATE_READ = 1
    anonymous.get(address, REMOTE_ADDR="192.0.2.77")
    response = anonymous.get(address, REMOTE_ADDR="192.0.2.77")
    assert (response.status_code, list(response.json())) == (429, ["error"])
    assert int(response["Retry-After"]) > 0


@pytest.mark.parametrize("address", LAYERS)
def test_rate_limits_for_guessed_tokens_have_the_error_format_of_the_api(anonymous, db, settings, address):
    settings.RATE_READ = 2
    own = f"192.0.2.{100 + LAYERS.index(address)}"  # counters outlive a test
    guess = {"REMOTE_ADDR": own, "headers": {"Authorization": f"Bearer pb_{'0' * 64}"}}
    answers = [anonymous.get(address, **guess) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert [list(answer.json()) for answer in answers] == [["error"]] * 3


@pytest.mark.parametrize("address", LAYERS)
def test_an_unsupported_media_type_has_the_error_format_of_the_api(anonymous, db, address):
    response = anonymous.get(address, headers={"Accept": "image/png"})
    assert (response.status_code, list(response.json())) == (406, ["error"])


def test_compatible_apis_are_not_in_our_own_schema():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    assert paths
    assert not [path for path in paths if not path.startswith("/api/v1/")]
