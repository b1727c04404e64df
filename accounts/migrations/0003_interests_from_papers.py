from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_exploration'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='interest',
            name='interest_kind_known',
        ),
        migrations.AlterField(
            model_name='interest',
            name='kind',
            field=models.CharField(choices=[('category', 'arXiv category'), ('topic', 'topic in your own words'), ('paper', 'seed paper'), ('author', 'author')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='interest',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['category', 'topic', 'paper', 'author'])), name='interest_kind_known'),
        ),
    ]
