from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recommender", "0014_paper_vector")]

    operations = [
        migrations.AddField(
            model_name="ranking",
            name="placed",
            field=models.JSONField(
                blank=True,
                help_text="the places, from 0, that are not the score's, their causes, and what names each interest "
                "group; null where all are the score's, and in rankings made before this was stored",
                null=True,
            ),
        ),
    ]
