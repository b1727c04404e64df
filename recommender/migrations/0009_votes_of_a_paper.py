"""An index that holds all that is counted of a paper's votes; PostgreSQL makes it while votes go on coming in."""

from django.db import migrations, models

from ._concurrent_index import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("recommender", "0008_model_files")]

    operations = [
        AddIndexOnline("vote", models.Index(fields=["paper", "value"], name="vote_public")),
    ]
