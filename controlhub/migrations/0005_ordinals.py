"""The order of creation, as a number: what pages are counted by (docs/decisions/0010)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0004_display_name_search")]
    operations = [migrations.RunSQL("CREATE SEQUENCE controlhub_ordinal", "DROP SEQUENCE controlhub_ordinal")]
