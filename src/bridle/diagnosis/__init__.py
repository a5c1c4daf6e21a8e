"""What hinders learning on a data set: the baseline on true and permuted labels, and on fewer examples."""
