"""One file per optimizer: its card, its arguments, its step; and learning-rate schedules, declared likewise."""
