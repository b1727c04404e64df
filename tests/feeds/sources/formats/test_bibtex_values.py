"""Values of BibTeX: what braces, quotes, `#` and names of `@string` make together, and what would grow without end."""

import pytest

from feeds.sources.formats.bibtex_values import MOST_WRITTEN_OUT, Abbreviations, Room
from feeds.sources.formats.fields import BadRow


@pytest.fixture
def abbreviations():
    abbreviations = Abbreviations()
    abbreviations.define("Kites", '"Proc. Kites"')
    return abbreviations


def plain(abbreviations, value):
    return abbreviations.plain(value, Room(MOST_WRITTEN_OUT))


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
def test_a_value_is_written_out(abbreviations, value, text):
    assert plain(abbreviations, value) == text


def test_an_abbreviation_may_use_those_before_it_and_a_later_one_counts(abbreviations):
    abbreviations.define("both", 'kites # " and " # nothing')
    abbreviations.define("kites", "{Other Kites}")
    assert plain(abbreviations, "both # {; } # kites") == "Proc. Kites and nothing; Other Kites"


def test_abbreviations_that_double_end_at_a_bound_and_the_one_that_crosses_it_is_not_kept(abbreviations):
    """11 letters doubled 9 times are 5,632; doubled once more they would be 11,264 of 10,000."""
    abbreviations.define("s0", "{" + "x" * 11 + "}")
    for step in range(9):
        abbreviations.define(f"s{step + 1}", f"s{step} # s{step}")
    with pytest.raises(BadRow, match="stand for more than 10,000 characters"):
        abbreviations.define("s10", "s9 # s9")
    assert plain(abbreviations, "s10") == "s10"


def test_all_abbreviations_of_a_file_are_bounded(abbreviations):
    for number in range(100):
        abbreviations.define(f"n{number}", "{" + "x" * 9_999 + "}")
        abbreviations.define(f"n{number}", "{" + "y" * 9_999 + "}")
    with pytest.raises(BadRow, match="more than 1,000,000 characters"):
        abbreviations.define("long", "{" + "x" * 100 + "}")
    abbreviations.define("short", "{x}")
    assert plain(abbreviations, "short") == "x"


def test_the_room_of_an_entry_is_shared_by_its_fields(abbreviations):
    room = Room(25)
    assert abbreviations.plain("kites # kites", room) == "Proc. KitesProc. Kites"
    with pytest.raises(BadRow, match="stand for more than 25 characters"):
        abbreviations.plain("kites", room)
