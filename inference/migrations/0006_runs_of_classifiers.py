"""A training run may be of a classifier, which learns from an uploaded file."""

from django.db import migrations, models


BY_KIND = """
DROP FUNCTION inference_runs_due();
CREATE FUNCTION inference_runs_due(wanted text)
RETURNS TABLE (tenant_id bigint, run_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.tenant_id, r.id
    FROM inference_trainingrun r JOIN tenants_tenant t ON t.id = r.tenant_id
    WHERE t.is_active AND r.kind = wanted
      AND (r.state = 'waiting' OR (r.state = 'running' AND r.lease_until < now()))
    ORDER BY r.id
$$;
REVOKE ALL ON FUNCTION inference_runs_due(text) FROM PUBLIC;
"""
OF_ALL = """
DROP FUNCTION inference_runs_due(text);
CREATE FUNCTION inference_runs_due()
RETURNS TABLE (tenant_id bigint, run_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.tenant_id, r.id
    FROM inference_trainingrun r JOIN tenants_tenant t ON t.id = r.tenant_id
    WHERE t.is_active
      AND (r.state = 'waiting' OR (r.state = 'running' AND r.lease_until < now()))
    ORDER BY r.id
$$;
REVOKE ALL ON FUNCTION inference_runs_due() FROM PUBLIC;
"""
# Without its kind a run would be taken for one of a writer, and a writer be trained by it.
DROP_RUNS = "DELETE FROM inference_trainingrun WHERE kind = 'classifier'"


class Migration(migrations.Migration):

    dependencies = [
        ('inference', '0005_one_live_classifier'),
    ]

    operations = [
        migrations.AddField(
            model_name='trainingrun',
            name='attempts',
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='trainingrun',
            name='file',
            field=models.FileField(blank=True, editable=False, max_length=255, upload_to='', verbose_name='file'),
        ),
        migrations.AddField(
            model_name='trainingrun',
            name='file_name',
            field=models.CharField(blank=True, max_length=255, verbose_name='file'),
        ),
        migrations.AddField(
            model_name='trainingrun',
            name='kind',
            field=models.CharField(choices=[('writer', 'Writer'), ('classifier', 'Classifier')], default='writer', max_length=12, verbose_name='kind'),
        ),
        migrations.AddField(
            model_name='trainingrun',
            name='options',
            field=models.JSONField(blank=True, default=dict, verbose_name='options'),
        ),
        migrations.AlterField(
            model_name='trainingrun',
            name='state',
            field=models.CharField(choices=[('uploaded', 'File to check'), ('waiting', 'Waiting'), ('running', 'Training'), ('done', 'Done'), ('failed', 'Failed'), ('stopped', 'Stopped')], default='waiting', max_length=10, verbose_name='state'),
        ),
        migrations.RunSQL(BY_KIND, OF_ALL),
        migrations.RunSQL(migrations.RunSQL.noop, DROP_RUNS),
    ]
