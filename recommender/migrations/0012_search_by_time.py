"""PostgreSQL's search index with the period of each paper; it is made while papers go on coming in."""

from django.db import migrations

from recommender.search import schema


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("recommender", "0011_standing")]

    operations = [migrations.RunPython(schema.add_periods, schema.remove_periods)]
