"""Speed and memory, measured as ratios in one invocation: `python -m benchmarks`."""
