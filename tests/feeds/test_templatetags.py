"""How a paper's fields are put into words, and models into points of a chart."""

from feeds.templatetags.charts import HEIGHT, WIDTH, ndcg_chart
from feeds.templatetags.papers import shortened, signed, web_address
from recommender.models import TrainedModel


def test_a_long_list_of_authors_names_five_and_counts_the_rest() -> None:
    assert shortened(list("abcdefg")) == "a, b, c, d, e and 2 more"


def test_six_authors_are_all_named_since_counting_one_saves_nothing() -> None:
    assert shortened(list("abcdef")) == "a, b, c, d, e, f"


def test_no_authors_are_no_words() -> None:
    assert shortened([]) == ""


def test_only_web_addresses_are_followed() -> None:
    assert web_address("HTTPS://example.org/x") == "HTTPS://example.org/x"
    assert web_address("javascript:alert(1)") == ""
    assert web_address("") == ""


def test_effects_carry_their_sign_and_two_digits_that_count() -> None:
    assert [signed(effect) for effect in (0.1234, -0.0098, 0.00031)] == ["+0.12", "−0.0098", "+0.00031"]


def test_the_chart_goes_from_the_oldest_judged_model_to_the_newest() -> None:
    newest, refused, oldest = _model(0.4), TrainedModel(metrics={}), _model(0.2)
    chart = ndcg_chart([newest, refused, oldest])
    assert [point["model"] for point in chart["points"]] == [oldest, newest]
    # The highest figure, 0.4, is the top edge; 0.2 is half of it, so half way down; two points halve the width.
    assert chart["line"] == f"{WIDTH / 4},{HEIGHT / 2} {3 * WIDTH / 4},0.0"


def test_figures_of_nothing_but_zero_lie_on_the_axis() -> None:
    assert [point["y"] for point in ndcg_chart([_model(0.0)])["points"]] == [HEIGHT]


def _model(ndcg: float) -> TrainedModel:
    return TrainedModel(metrics={"recipe": {"mean": ndcg, "low": ndcg, "high": ndcg}})
