from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recommender", "0005_collections")]

    operations = [
        migrations.AlterField(
            model_name="ranking",
            name="day",
            field=models.DateField(help_text="the last day whose papers it orders"),
        ),
        migrations.AddField(
            model_name="ranking",
            name="first_day",
            field=models.DateField(blank=True, help_text="the first of them, where they are several", null=True),
        ),
        migrations.AddField(
            model_name="ranking",
            name="category",
            field=models.CharField(
                blank=True, help_text="the one whose papers it orders; empty for all", max_length=40, default=""
            ),
            preserve_default=False,
        ),
    ]
