"""The index of the search for groups."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("controlhub", "0055_group_owner")]
    operations = [
        AddIndexConcurrently(
            model_name="group",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    "organization",
                    "display_name_key",
                    function="controlhub_parts",
                    template="%(function)s(%(expressions)s, '', '', '')",
                    output_field=django.contrib.postgres.search.SearchVectorField(),
                ),
                fastupdate=True,
                gin_pending_list_limit=256,
                name="group_parts_of_names",
            ),
        ),
    ]
