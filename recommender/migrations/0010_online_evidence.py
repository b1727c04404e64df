"""Experiments, the evidence of days, and what came of an impression: all by columns that no row is rewritten for."""

import django.db.models.deletion
import django.utils.timezone
import recommender.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recommender', '0009_votes_of_a_paper'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('figures', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name_plural': 'evidence',
                'ordering': ['-day'],
            },
        ),
        migrations.CreateModel(
            name='Experiment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=recommender.models.new_experiment_id, max_length=16, unique=True)),
                ('share', models.FloatField(help_text='of the readers, those whose rankings the challenger makes')),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('is_running', models.BooleanField(default=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_because', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'ordering': ['-started_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='impression',
            name='clicked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='impression',
            name='vote',
            field=models.SmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='impression',
            name='voted_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ranking',
            name='arm',
            field=models.CharField(blank=True, choices=[('serving', 'the model that serves'), ('challenger', 'the challenger')], db_default='', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='impression',
            constraint=models.CheckConstraint(condition=models.Q(('vote__isnull', True), ('vote__in', [1, 0, -1]), _connector='OR'), name='impression_vote_known'),
        ),
        migrations.AddField(
            model_name='experiment',
            name='challenger',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='experiments', to='recommender.trainedmodel'),
        ),
        migrations.AddField(
            model_name='ranking',
            name='experiment',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rankings', to='recommender.experiment'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.UniqueConstraint(models.F('is_running'), condition=models.Q(('is_running', True)), name='experiment_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.CheckConstraint(condition=models.Q(('share__gt', 0), ('share__lt', 1)), name='experiment_share_in_range'),
        ),
    ]
