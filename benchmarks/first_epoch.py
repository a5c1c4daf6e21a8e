"""A fresh process that trains one epoch of a default comparison's first lanes, and ends.

It does more than the first epoch: it also predicts the test set, which compiles another function.
"""

from __future__ import annotations

import dataclasses

from bridle.data import load
from bridle.engine.executor import LocalExecutor
from bridle.study.executors import program_cache
from bridle.study.queue import Queue
from bridle.study.request import Request, make_plan


def main() -> None:
    plan = make_plan(load("moons"), Request())
    plan = dataclasses.replace(plan, epochs=1)
    with LocalExecutor(cache=program_cache()) as executor:
        queue = Queue(plan, plan.runs, executor.devices)
        next(executor.run(queue.pull))


if __name__ == "__main__":
    main()
