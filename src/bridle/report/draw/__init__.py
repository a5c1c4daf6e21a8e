"""Draws the records of `bridle.report.figures` by matplotlib, one module a figure."""
