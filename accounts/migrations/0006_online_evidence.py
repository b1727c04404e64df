"""Whether a reader takes part in what is counted and tried."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_kept_answers'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='gives_evidence',
            field=models.BooleanField(db_default=True, default=True, help_text='what the reader was shown, opened and voted on from there is noted, and experiments may choose the model that ranks for them'),
        ),
    ]
