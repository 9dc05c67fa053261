"""Was an index over trigrams for `displayName co "…"`; 0027 makes the one that serves it, without pg_trgm."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0003_fold")]
    operations = []
