"""What users call: compare, train, extend, resume, reproduce, report, judge, diagnose, and the results of these."""
