"""What runs by the clock is a scheduled job; a job is long work that a person started."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0052_list_layout")]
    operations = [migrations.RenameModel("Job", "ScheduledJob")]
