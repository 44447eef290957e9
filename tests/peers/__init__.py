"""What others do, restated small and honest, to be measured beside Lectern on the same database.

Every peer gets the same: `due` reminders spread over one second, each in a channel of its own, and
`pending` that wait for the future. None is a copy of its model; each names where it was published.
"""

NAMES = ("apscheduler", "procrastinate", "robodanny", "reminder_rs", "task_per_reminder")
