"""Put on PYTHONPATH, a process lives 400 days ahead of the database: what a machine with a wrong clock does."""

from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(days=400), tick=True).start()
