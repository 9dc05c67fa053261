"""With this on PYTHONPATH, a process is 400 days ahead of the database, like a machine with a wrong clock."""

from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(days=400), tick=True).start()
