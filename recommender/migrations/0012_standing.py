"""Whose votes count for others; without rows all do, until the next night has looked."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("recommender", "0011_standing")]  # its name before numbers were unique
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("recommender", "0011_rankings_of_experiments"),
    ]

    operations = [
        migrations.CreateModel(
            name="Standing",
            fields=[
                (
                    "reader",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="standing",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("counts", models.BooleanField(help_text="for the popular order and for what the model learns")),
                (
                    "is_settled",
                    models.BooleanField(
                        help_text="has been here long enough to count also where a site has many readers"
                    ),
                ),
            ],
        ),
    ]
