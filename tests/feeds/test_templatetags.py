"""Words about papers for the pages."""

from feeds.templatetags.papers import in_words, named, shortened, signed, web_address


def test_a_long_list_of_authors_names_three_and_counts_the_others() -> None:
    assert shortened(list("abcdefg")) == "a, b, c and 4 others"


def test_thousands_of_others_are_counted_with_a_comma() -> None:
    assert shortened(["a"] * 3000) == "a, a, a and 2,997 others"


def test_four_authors_are_all_named_since_counting_one_saves_nothing() -> None:
    assert shortened(list("abcd")) == "a, b, c, d"


def test_names_have_their_accents_and_a_colon_is_nobody() -> None:
    assert named(["ATLAS Collaboration", ":", r"G. \'Etienne", "\u202eEve"]) == "ATLAS Collaboration, G. Étienne, Eve"


def test_no_authors_are_no_words() -> None:
    assert shortened([]) == ""


def test_only_web_addresses_are_followed() -> None:
    assert web_address("HTTPS://example.org/x") == "HTTPS://example.org/x"
    assert web_address("javascript:alert(1)") == ""
    assert web_address("") == ""


def test_effects_carry_their_sign_and_two_digits_that_count() -> None:
    assert [signed(effect) for effect in (0.1234, -0.0098, 0.00031)] == ["+0.12", "−0.0098", "+0.00031"]


def test_what_came_of_a_job_is_put_into_words() -> None:
    summary = {"inbox": {"a.jsonl": {"new": 2, "passed_over": 0}}, "model": "m_1"}
    assert in_words(summary) == "inbox (a.jsonl (new 2, passed over 0)), model m_1"
    assert in_words({}) == ""
