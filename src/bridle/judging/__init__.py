"""Verdicts on runs trained with anything: tables in, the statistics and words of a study out."""
