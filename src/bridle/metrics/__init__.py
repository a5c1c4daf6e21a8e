"""Metrics: pure functions of predictions and targets, and their catalogue."""

from bridle.metrics.catalogue import METRICS, Metric, metric, of_task, usual

__all__ = ["METRICS", "Metric", "metric", "of_task", "usual"]
