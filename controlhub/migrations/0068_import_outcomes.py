"""What an import did with each row, and an index of the mails that could not be sent, which every page counts."""

from typing import Any, ClassVar

from django.db import migrations, models

OUTCOMES = {"create": "created", "update": "updated", "deactivate": "deactivated", "deleted": "created"}


def note_outcomes(apps: Any, schema_editor: Any) -> None:
    """Imports that ran before: what failed has a reason, everything else was done as the check said."""
    rows = apps.get_model("controlhub", "ImportRow").objects.using(schema_editor.connection.alias)
    done = rows.filter(is_done=True)
    done.filter(failed=True).update(outcome="error")
    for result, outcome in OUTCOMES.items():
        done.filter(failed=False, result=result).update(outcome=outcome)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("controlhub", "0067_sign_in_policy")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="importrow",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("created", "Created"),
                    ("updated", "Updated"),
                    ("restored", "Restored"),
                    ("deactivated", "Deactivated"),
                    ("unchanged", "Unchanged"),
                    ("left_out", "Left out"),
                    ("error", "Error"),
                ],
                default="",
                max_length=16,
            ),
        ),
        migrations.RunPython(note_outcomes, migrations.RunPython.noop),
        migrations.RemoveField(model_name="importrow", name="is_done"),
        migrations.RemoveField(model_name="importrow", name="failed"),
        migrations.AddIndex(
            model_name="outgoingmail",
            index=models.Index(
                condition=models.Q(("sent_at", None), models.Q(("error", ""), _negated=True)),
                fields=["organization"],
                name="mail_failed",
            ),
        ),
    ]
