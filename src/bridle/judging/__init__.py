"""Verdicts on runs that anybody trained, anywhere: tables in, the statistics and words of a study out."""
