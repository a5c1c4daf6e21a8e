"""What hinders learning on a data set: the baseline on true and permuted targets, and on fewer examples."""
