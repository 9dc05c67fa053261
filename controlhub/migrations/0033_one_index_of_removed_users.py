"""The index over organization and time serves the organization alone too."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0032_removed_before")]
    operations = [
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
