"""Indexes that find the rankings of an experiment and the impressions of a time; made while both go on coming in."""

from django.db import migrations, models

from ._concurrent_index import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    replaces = [("recommender", "0010_rankings_of_experiments")]  # its name before numbers were unique
    dependencies = [("recommender", "0010_online_evidence")]

    operations = [
        AddIndexOnline("impression", models.Index(fields=["at"], name="impression_time")),
        AddIndexOnline(
            "ranking",
            models.Index(
                condition=models.Q(("experiment__isnull", False)), fields=["experiment"], name="ranking_experiment"
            ),
        ),
    ]
