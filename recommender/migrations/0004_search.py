"""The search index of papers: made for those that are there, and kept by the database from then on."""

from django.db import migrations

from recommender.search import schema


class Migration(migrations.Migration):

    dependencies = [
        ('recommender', '0003_what_sources_say'),
    ]

    operations = [
        migrations.RunPython(schema.make, schema.drop),
    ]
