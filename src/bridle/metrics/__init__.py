"""What predictions are scored by: pure functions of logits and targets, and their catalogue."""

from bridle.metrics.catalogue import METRICS, Metric, metric

__all__ = ["METRICS", "Metric", "metric"]
