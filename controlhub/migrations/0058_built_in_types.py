"""Resources may be of a built-in type, which has no row: their type is no foreign key any longer."""

import django.db.models.deletion
from django.db import migrations, models

PAGE = {"fields": ["organization", "resource_type_id", "ordinal"], "name": "resource_page"}
EXTERNAL_ID = {
    "fields": ["organization", "resource_type_id", "external_id"],
    "name": "resource_external_id",
    "condition": models.Q(external_id__isnull=False),
}


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0057_request_log")]

    operations = [
        migrations.AlterField(
            model_name="resource",
            name="resource_type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="resources",
                to="controlhub.customresourcetype",
                db_index=False,
                db_constraint=False,
            ),
        ),
        # The column and its indexes stay as they are.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name="resource", name="resource_page"),
                migrations.RemoveIndex(model_name="resource", name="resource_external_id"),
                migrations.RemoveField(model_name="resource", name="resource_type"),
                migrations.AddField(model_name="resource", name="resource_type_id", field=models.UUIDField()),
                migrations.AddIndex(model_name="resource", index=models.Index(**PAGE)),
                migrations.AddIndex(model_name="resource", index=models.Index(**EXTERNAL_ID)),
            ]
        ),
    ]
