"""The keys by which papers that came before this version find those that are nearly the same."""

from itertools import islice

from django.db import migrations

from feeds.likeness import keys

BATCH = 1000


def note_keys(apps, schema_editor):
    Likeness = apps.get_model("feeds", "Likeness")
    papers = apps.get_model("recommender", "Paper").objects.order_by().values_list("pk", "title", "abstract")
    rows = (Likeness(paper_id=pk, key=key) for pk, title, abstract in papers.iterator(BATCH) for key in keys(title, abstract))
    while batch := list(islice(rows, BATCH)):
        Likeness.objects.bulk_create(batch, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("feeds", "0001_initial")]
    operations = [migrations.RunPython(note_keys, migrations.RunPython.noop)]
