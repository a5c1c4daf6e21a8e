"""The same work in other libraries, written as their own users would write it, each in its own process.

One file for a peer and a job. Its `prepare(**settings)` sets everything up, compiles, and returns the function that
does the job once; `serve` does it whenever a line arrives on standard input, so that start-up and compilation are
never counted and peers can take turns. Threads are set from outside, by the environment of the process.
"""
