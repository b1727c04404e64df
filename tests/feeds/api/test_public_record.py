"""`/models/` and `/status/`: the public record, over REST and as pages."""

from datetime import UTC, datetime, timedelta

import pytest
from jsonschema_rs import ValidationError

from feeds import night
from recommender.models import NightStep, TrainedModel
from tests.contract import CheckedClient, components
from tests.feeds.planting import DAY, papers, plant


@pytest.fixture
def public(db):
    return CheckedClient()


def figures(mean):
    return {"mean": mean, "low": mean - 0.1, "high": mean + 0.1}


def model(number, state="promoted", **columns):
    moment = datetime(2026, 7, 1, 3, tzinfo=UTC) + timedelta(days=number)
    columns = {"promoted_at": moment if state == "promoted" else None} | columns
    return TrainedModel.objects.create(
        version=f"m{number}", day=moment.date(), state=state, trained_at=moment, verdict=f"verdict {number}", **columns
    )


def test_models_are_a_public_record_newest_first_refused_ones_included(public):
    model(1, metrics={"candidate": figures(0.5), "passed": True}, votes_seen=7)
    model(2, "refused")
    rows = public.get("/api/v1/models/").json()["results"]
    assert [(row["id"], row["state"], row["verdict"]) for row in rows] == [
        ("m2", "refused", "verdict 2"),
        ("m1", "promoted", "verdict 1"),
    ]
    assert (rows[1]["votes_seen"], rows[1]["metrics"]["candidate"]["mean"], rows[1]["day"]) == (7, 0.5, "2026-07-02")


def test_the_figures_of_a_judged_night_match_the_schema(public):
    """`public` checks responses against the schema; this test checks that each documented field exists."""
    systems = ("candidate", "finished", "yesterday", "content", "popularity", "recency")
    differences = {name: figures(0.1) for name in ("popularity", "recency", "content", "yesterday")}
    facts = {"passed": True, "yesterday_is": "blind", "split": "newest tenth", "readers": 60, "papers": 9, "days": 2}
    model(1, metrics={name: figures(0.5) for name in systems} | {"differences": differences, "by_hand": "x"} | facts)
    [row] = public.get("/api/v1/models/").json()["results"]
    assert set(row["metrics"]) == set(components()["schemas"]["Metrics"]["properties"])


def test_a_wrong_figure_does_not_match_the_schema(public):
    model(1, metrics={"candidate": {"mean": 0.5}})
    with pytest.raises(ValidationError, match="is a required property"):
        public.get("/api/v1/models/")


def test_figures_of_earlier_versions_stay_on_record(public):
    model(1, metrics={"recipe": figures(0.5)})
    assert public.get("/api/v1/models/").json()["results"][0]["metrics"] == {"recipe": figures(0.5)}


def test_the_status_of_an_empty_site_says_so(public):
    assert public.get("/api/v1/status/").json() == {
        "papers": 0,
        "last_day": None,
        "catalogue_as_of": None,
        "sources": [],
        "fetches": [],
        "model": None,
        "model_reason": "No model has been trained yet.",
        "models": 0,
        "refused_in_a_row": 0,
        "nights": [],
    }


def test_the_status_names_the_serving_model_and_the_steps_of_the_night(public):
    plant()
    for step in night.STEPS:
        night.run(DAY, step)
    status = public.get("/api/v1/status/").json()
    assert (status["papers"], status["last_day"], status["models"]) == (48, "2026-07-21", 2)
    assert (status["model"]["id"], status["model_reason"]) == (TrainedModel.objects.get(state="promoted").version, "")
    assert [(row["step"], row["state"]) for row in status["nights"]] == [
        (step, "done") for step in ("fetch", "encode", "train", "judge", "promote", "rank")
    ]


def test_the_status_says_that_the_model_cannot_be_read(public):
    model(1)  # without files
    status = public.get("/api/v1/status/").json()
    assert (status["model"], status["model_reason"]) == (None, "The trained model cannot be read at the moment.")


def test_the_status_covers_the_last_seven_nights(public):
    moment = datetime(2026, 7, 1, tzinfo=UTC)
    for number in range(9):
        day = (moment + timedelta(days=number)).date()
        NightStep.objects.create(day=day, step="fetch", state="done", started_at=moment, lease_until=moment)
    days = [row["day"] for row in public.get("/api/v1/status/").json()["nights"]]
    assert days == [f"2026-07-{day:02d}" for day in range(9, 2, -1)]


def test_the_api_does_not_reveal_internal_errors(public):
    moment = datetime(2026, 7, 1, tzinfo=UTC)
    NightStep.objects.create(
        day=DAY, step="train", state="failed", started_at=moment, lease_until=moment, error="OSError: /srv/secret"
    )
    assert b"secret" not in public.get("/api/v1/status/").content


@pytest.mark.parametrize("address", ["/models/", "/status/"])
def test_the_pages_show_an_empty_and_a_full_record(anonymous, address):
    assert anonymous.get(address).status_code == 200
    papers(2)
    for number in range(31):
        model(number, metrics={"candidate": figures(0.5)}, seconds={"lightfm": 1.5})
    moment = datetime(2026, 7, 1, tzinfo=UTC)
    NightStep.objects.create(day=DAY, step="fetch", state="done", started_at=moment, lease_until=moment)
    assert anonymous.get(address).status_code == 200


@pytest.mark.parametrize("page", ["0", "-1", "abc", "99", "9" * 5000, "%00", "%ff"])
def test_a_page_number_out_of_range_shows_the_nearest_page(anonymous, page):
    model(1)
    assert "Verdict 1" in anonymous.get(f"/models/?page={page}").content.decode()


def test_the_number_of_queries_does_not_depend_on_the_length_of_the_record(anonymous, django_assert_num_queries):
    for start in (0, 10):
        for number in range(start, start + 10):
            model(number, metrics={"candidate": figures(0.5)})
        with django_assert_num_queries(3):  # how many, which, how many refused last
            anonymous.get("/models/")


def test_the_page_has_every_figure_of_a_night_with_its_interval(anonymous):
    systems = {
        "candidate": 0.51,
        "finished": 0.52,
        "yesterday": 0.53,
        "content": 0.54,
        "popularity": 0.55,
        "recency": 0.56,
    }
    model(1, metrics={name: figures(mean) for name, mean in systems.items()} | {"yesterday_is": "seen"})
    page = anonymous.get("/models/").content.decode()
    for mean in systems.values():
        assert f"{mean:.4f}" in page
        assert f"[{mean - 0.1:.3f}, {mean + 0.1:.3f}]" in page
    assert page.count("saw the votes") == 2


def test_the_page_has_the_weights_of_a_model_and_what_they_are_worth(anonymous):
    names = ("embedding_weight", "author_weight", "vector_weight", "flat_vector_weight", "prior_weight", "smoothing")
    weights = dict(zip(names, (1.0, 3.0, 0.25, 4.0, 0.3, 50.0), strict=True))
    choice = {"weights": weights, "readers": 32.0, "usual": 0.4, "chosen": 0.4321}
    row = model(1)
    row.parameters = {"choice": choice}
    row.save()
    page = " ".join(anonymous.get("/models/").content.decode().split())
    assert (
        "Weights: LightFM 1, authors 3, sentence vectors 0.25 as they are and 4 with all directions alike, what "
        "readers like in general 0.30, neighbours 50. Chosen by hidden votes of 32 readers: NDCG@10 0.432 with these "
        "weights and 0.400 with the usual ones."
    ) in page
    model(2)
    assert anonymous.get("/models/").content.decode().count("Weights:") == 1


def test_two_refused_nights_appear_on_the_page_and_in_the_status(public, anonymous):
    papers(1)
    for number, state in enumerate(["promoted", "refused", "refused"]):
        model(number, state)
    assert "The models of the last 2 nights were refused" in anonymous.get("/models/").content.decode()
    assert "the models of the last 2 nights were refused" in anonymous.get("/status/").content.decode()
    assert public.get("/api/v1/status/").json()["refused_in_a_row"] == 2


def test_one_refused_night_does_not_appear(anonymous):
    model(1)
    model(2, "refused")
    assert "nights were refused" not in anonymous.get("/models/").content.decode()
    assert "nights were refused" not in anonymous.get("/status/").content.decode()
