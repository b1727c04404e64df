"""BibTeX values: braces, quotes, `#` and names of `@string`, and limits on what would grow without end."""

import pytest

from feeds.sources.formats.bibtex_values import LONGEST_EXPANSION, Abbreviations, Room
from feeds.sources.formats.fields import BadRow


@pytest.fixture
def abbreviations():
    abbreviations = Abbreviations()
    abbreviations.define("Kites", '"Proc. Kites"')
    return abbreviations


def plain(abbreviations, value):
    return abbreviations.plain(value, Room(LONGEST_EXPANSION))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{Kites}", "Kites"),
        ("{{K}ites} ", "{{K}ites} "),
        ('"Ki{"}tes"', 'Ki{"}tes'),
        ('"K{\\"u}tes"', 'K{\\"u}tes'),
        ("kites", "Proc. Kites"),
        ('KITES # " 2021"', "Proc. Kites 2021"),
        ("{On } # kites#{, } # 2021", "On Proc. Kites, 2021"),
        ("2021", "2021"),
        ("jan", "jan"),
        ('jan # "~1"', "jan~1"),
        ('"a" # ', '"a" # '),
        ('"open { brace"', "open { brace"),
        ("two words", "two words"),
        ("{a} {b}", "{a} {b}"),
        ("{never closed", "{never closed"),
        ('"', '"'),
        ("", ""),
    ],
)
def test_a_value_is_converted_to_plain_text(abbreviations, value, text):
    assert plain(abbreviations, value) == text


def test_an_abbreviation_may_use_earlier_ones_and_a_later_definition_wins(abbreviations):
    abbreviations.define("both", 'kites # " and " # nothing')
    abbreviations.define("kites", "{Other Kites}")
    assert plain(abbreviations, "both # {; } # kites") == "Proc. Kites and nothing; Other Kites"


def test_abbreviations_that_double_are_refused_from_the_first_that_is_too_long(abbreviations):
    """11 letters doubled 9 times are 5,632; doubled once more they would be 11,264 of 10,000."""
    abbreviations.define("s0", "{" + "x" * 11 + "}")
    for step in range(9):
        abbreviations.define(f"s{step + 1}", f"s{step} # s{step}")
    with pytest.raises(BadRow, match="stand for more than 10,000 characters"):
        abbreviations.define("s10", "s9 # s9")
    assert plain(abbreviations, "s10") == "s10"


def test_the_total_length_of_a_files_abbreviations_is_limited(abbreviations):
    for number in range(100):
        abbreviations.define(f"n{number}", "{" + "x" * 9_999 + "}")
        abbreviations.define(f"n{number}", "{" + "y" * 9_999 + "}")
    with pytest.raises(BadRow, match="more than 1,000,000 characters"):
        abbreviations.define("long", "{" + "x" * 100 + "}")
    abbreviations.define("short", "{x}")
    assert plain(abbreviations, "short") == "x"


def test_the_fields_of_an_entry_share_one_limit_for_abbreviations(abbreviations):
    room = Room(25)
    assert abbreviations.plain("kites # kites", room) == "Proc. KitesProc. Kites"
    with pytest.raises(BadRow, match="stand for more than 25 characters"):
        abbreviations.plain("kites", room)
