"""Removed users are numbered, so that a SCIM DELETE need not count those of the last hour; an index less on each."""

import django.db.models.deletion
from django.db import migrations, models

import controlhub.models.ids


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0028_secret_attributes")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE controlhub_removal", "DROP SEQUENCE controlhub_removal"),
        migrations.AddField(
            model_name="purgeduser",
            name="number",
            field=models.BigIntegerField(db_default=controlhub.models.ids.NextRemoval(), editable=False),
        ),
        migrations.AlterField(
            model_name="purgeduser",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="controlhub.organization",
            ),
        ),
    ]
