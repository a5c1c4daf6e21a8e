"""One file per optimizer: its card, its arguments, its step. Learning-rate schedules are declared in the same way."""
