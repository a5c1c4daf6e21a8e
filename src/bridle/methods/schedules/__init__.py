"""Schedules: how a learning rate or the strength of a method changes over training."""
