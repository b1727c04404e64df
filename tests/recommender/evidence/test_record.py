"""The record of a day: made by command and task, replaced on the same day, and old impressions deleted."""

from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from recommender import impressions
from recommender.evidence import record
from recommender.evidence.record import gather
from recommender.evidence.tasks import evidence
from recommender.models import Evidence, Impression
from recommender.ranking.rank import rank
from tests.recommender.planted import FIRST_DAY, a_paper


def test_a_day_has_one_record(db):
    assert gather(FIRST_DAY) == gather(FIRST_DAY) == Evidence.objects.get()


def test_the_newest_day_is_read(db):
    newer, _ = gather(FIRST_DAY + timedelta(days=1)), gather(FIRST_DAY)
    assert record.newest() == newer


def test_an_experiment_that_is_not_counted_yet_has_a_note(db, older, newer):
    call_command("experiment", "start", "--against", older.row.version)
    [one] = record.experiments(gather(FIRST_DAY))
    assert (one["is_running"], one["note"]) == (True, "An arm has fewer than 5 readers so far.")
    [one] = record.experiments(None)
    assert one["note"] == "It will be evaluated in the next night."


def test_impressions_are_deleted_after_ninety_days(ada):
    ranking = rank(ada, a_paper("2611.00001").day)
    now = timezone.now()
    impressions.note_shown(ada, ranking, [1], now - timedelta(days=91))
    assert evidence()["impressions_deleted"] == 1
    impressions.note_shown(ada, ranking, [1], now - timedelta(days=89))
    assert (evidence()["impressions_deleted"], Impression.objects.count()) == (0, 1)


def test_the_command_prints_what_it_counted(ada, capsys):
    call_command("evidence", day=FIRST_DAY)
    assert f"evidence until {FIRST_DAY}: 0 places shown since 2026-10-06" in capsys.readouterr().out
