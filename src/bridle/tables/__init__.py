"""Tables: files and frames in, columns of declared kinds and the numbers that a network sees out.

Knows nothing of data sets, splits or training; `bridle.data.tabular` makes a data set of a table.
"""
