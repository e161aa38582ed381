"""Of the classifiers of one name one is live at most."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inference', '0004_runs_due'),
        ('tenants', '0003_analyze'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='registeredmodel',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'classifier'), ('stage', 'live')), fields=('tenant', 'name'), name='inference_one_live_classifier'),
        ),
    ]
