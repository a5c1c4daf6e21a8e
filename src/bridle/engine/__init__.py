"""Trains populations of networks: the training step, programs, lanes, devices."""
