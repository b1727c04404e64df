import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import feeds.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feeds', '0003_visit'),
        ('recommender', '0006_ranking_of_several_days'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Subscriber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rhythm', models.CharField(choices=[('daily', 'on each of these days'), ('weekly', 'once a week')], default='daily', max_length=6)),
                ('weekdays', models.JSONField(default=feeds.models.every_day, help_text='0 is Monday; once a week: on the first of them')),
                ('hour', models.PositiveSmallIntegerField(default=7, validators=[django.core.validators.MaxValueValidator(23)])),
                ('time_zone', models.CharField(default='UTC', max_length=64, validators=[feeds.models.known_zone])),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('paused_reason', models.CharField(blank=True, help_text='why nothing is sent, for the reader', max_length=300)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now, help_text='when this was last said')),
                ('address', models.EmailField(max_length=254)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('left_at', models.DateTimeField(blank=True, help_text='when it unsubscribed', null=True)),
            ],
            options={
                'ordering': ['address'],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('address'), name='subscriber_address_once'), models.CheckConstraint(condition=models.Q(('hour__lte', 23)), name='subscriber_hour'), models.CheckConstraint(condition=models.Q(('rhythm__in', ['daily', 'weekly'])), name='subscriber_rhythm')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('due', 'at its hour'), ('asked', 'asked for with “send me one now”')], default='due', max_length=5)),
                ('day', models.DateField(help_text="the recipient's own date that it is for")),
                ('address', models.EmailField(blank=True, help_text='where it went', max_length=254)),
                ('state', models.CharField(choices=[('claimed', 'being sent'), ('sent', 'sent'), ('uncertain', 'may have been sent'), ('waiting', 'to be tried again'), ('refused', 'refused for good'), ('empty', 'no papers, nothing sent'), ('failed', 'failed'), ('skipped', 'too late for its day')], default='claimed', max_length=9)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('claim', models.CharField(blank=True, help_text='who is sending it', max_length=32)),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('sending_at', models.DateTimeField(blank=True, help_text='when it was handed to the mail server', null=True)),
                ('next_at', models.DateTimeField(blank=True, help_text='not to be tried again before', null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('message_id', models.CharField(blank=True, max_length=200)),
                ('paper_pks', models.JSONField(blank=True, default=list)),
                ('error', models.TextField(blank=True)),
                ('ranking', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='recommender.ranking')),
                ('reader', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to=settings.AUTH_USER_MODEL)),
                ('subscriber', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='feeds.subscriber')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'ordering': ['-day', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='DigestWish',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rhythm', models.CharField(choices=[('daily', 'on each of these days'), ('weekly', 'once a week')], default='daily', max_length=6)),
                ('weekdays', models.JSONField(default=feeds.models.every_day, help_text='0 is Monday; once a week: on the first of them')),
                ('hour', models.PositiveSmallIntegerField(default=7, validators=[django.core.validators.MaxValueValidator(23)])),
                ('time_zone', models.CharField(default='UTC', max_length=64, validators=[feeds.models.known_zone])),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('paused_reason', models.CharField(blank=True, help_text='why nothing is sent, for the reader', max_length=300)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now, help_text='when this was last said')),
                ('is_on', models.BooleanField(default=False)),
                ('length', models.PositiveSmallIntegerField(default=10, help_text='papers at most', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(50)])),
                ('least_score', models.FloatField(blank=True, help_text='papers below stay out; none where empty', null=True)),
                ('when_empty', models.CharField(choices=[('nothing', 'send nothing'), ('say', 'say so')], default='nothing', max_length=7)),
                ('link_key', models.CharField(default=feeds.models.new_link_key, help_text='a new one makes earlier links void', max_length=16)),
                ('reader', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='digest_wish', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['reader'],
                'constraints': [models.CheckConstraint(condition=models.Q(('hour__lte', 23)), name='digest_wish_hour'), models.CheckConstraint(condition=models.Q(('length__gte', 1), ('length__lte', 50)), name='digest_wish_length'), models.CheckConstraint(condition=models.Q(('rhythm__in', ['daily', 'weekly'])), name='digest_wish_rhythm'), models.CheckConstraint(condition=models.Q(('when_empty__in', ['nothing', 'say'])), name='digest_wish_when_empty')],
            },
        ),
        migrations.CreateModel(
            name='Mailed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('delivery', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='feeds.delivery')),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recommender.paper')),
                ('reader', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mailed', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['reader', 'paper'],
                'constraints': [models.UniqueConstraint(models.F('reader'), models.F('paper'), name='mailed_once_per_reader_and_paper')],
            },
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['state', 'next_at'], name='delivery_state'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['message_id'], name='delivery_message'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(models.F('reader'), models.F('day'), condition=models.Q(('kind', 'due')), name='delivery_once_per_reader_and_day'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(models.F('subscriber'), models.F('day'), condition=models.Q(('kind', 'due')), name='delivery_once_per_subscriber_and_day'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reader__isnull', True), ('subscriber__isnull', False)), models.Q(('reader__isnull', False), ('subscriber__isnull', True)), _connector='OR'), name='delivery_to_exactly_one'),
        ),
    ]
