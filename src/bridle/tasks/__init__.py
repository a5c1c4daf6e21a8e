"""What is learned: encoding of targets, losses, scores, strata of rows, and the meaning of predictions."""

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
