"""Authors' names taken to pieces."""

import pytest

from feeds.citations import Name, parsed


@pytest.mark.parametrize(
    ("author", "inverted"),
    [
        ("Ada Lovelace", "Lovelace, Ada"),
        ("Laurens van der Maaten", "van der Maaten, Laurens"),
        ("Luc Van Gool", "Van Gool, Luc"),
        ("Nando de Freitas", "de Freitas, Nando"),
        ("Martin Luther King Jr.", "King, Jr., Martin Luther"),
        ("Hal Daumé III", "Daumé, III, Hal"),
        ("Quoc V. Le", "Le, Quoc V."),
        ("Kiet Van Nguyen", "Nguyen, Kiet Van"),
        ("Le Song", "Song, Le"),
        ("van der Berg, Jan", "van der Berg, Jan"),
        ("King, Jr., Martin", "King, Jr., Martin"),
        ("Martin King, Jr.", "King, Jr., Martin"),
        ("Mausam", "Mausam"),
        ("and Seani Rananga", "Rananga, Seani"),
        (", ,", ", ,"),
        (",", ","),
        ("", ""),
    ],
)
def test_a_name_is_turned_around_at_its_last_part(author, inverted):
    assert parsed(author).inverted == inverted


@pytest.mark.parametrize(
    "group",
    [
        "ATLAS Collaboration",
        "Gemini Team",
        "Team GLM",
        "NVIDIA",
        "LG AI Research",
        "Alzheimer's Disease Neuroimaging Initiative",
    ],
)
def test_the_name_of_a_group_stays_whole(group):
    assert parsed(group) == Name(group, is_group=True)


def test_ai_is_a_group_and_ai_with_a_small_letter_a_family():
    assert parsed("Inclusion AI").is_group
    assert parsed("Qingyao Ai") == Name("Ai", "Qingyao")


def test_the_parts_are_told_apart():
    assert parsed("Jan van den Berg Jr") == Name("Berg", "Jan", "van den", "Jr")
