"""Background work: its queues, its schedule, and what is noted about each run. The jobs are in `controlhub.tasks`."""
