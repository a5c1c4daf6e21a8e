"""What people call: compare, train, extend, resume, reproduce, report, judge, diagnose, and what these return."""
