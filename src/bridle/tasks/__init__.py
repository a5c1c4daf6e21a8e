"""What is learned: how targets are encoded, losses and scores taken, rows stratified, and predictions read."""

from bridle.tasks.base import CRITERIA, Criterion, Scaling, Task, average
from bridle.tasks.catalogue import TASKS, task
from bridle.tasks.classification import Classification
from bridle.tasks.regression import Regression

__all__ = [
    "CRITERIA",
    "TASKS",
    "Classification",
    "Criterion",
    "Regression",
    "Scaling",
    "Task",
    "average",
    "task",
]
