"""`bridle resume`: go on with a study that was interrupted."""

from __future__ import annotations

from bridle.cli import named
from bridle.cli import options as o
from bridle.cli.output import Output


@o.spread
def resume(
    folder: o.FolderArgument,
    *,
    time_limit: o.TimeLimit = None,
    workers: o.Workers = None,
    executor: o.ExecutorName = None,
    page: o.LivePage,
    metric: o.MetricOption = None,
    margin: o.MarginOption = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Go on with a study that was interrupted. Nothing is trained twice."""
    output = Output(as_json, quiet)
    path = named.study_folder(folder)
    if time_limit is not None:
        o.read_duration(time_limit)

    from bridle.cli.training import train_and_answer, where_to_train
    from bridle.study.members import members
    from bridle.study.reading import set_reading

    where = where_to_train(executor, workers)
    set_reading(path, margin, metric)
    limit = o.limit(time_limit, studies=len(members(path)))
    train_and_answer(path, output, limit, where, page)
