"""`bridle resume`: go on with a study that was interrupted."""

from __future__ import annotations

from bridle.cli import options as o
from bridle.cli.output import Output


def resume(
    folder: o.FolderArgument,
    time_limit: o.TimeLimit = None,
    workers: o.Workers = None,
    executor: o.ExecutorName = None,
    metric: o.MetricOption = None,
    margin: o.MarginOption = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Go on with a study that was interrupted. Nothing is trained twice."""
    output = Output(as_json, quiet)
    path = o.study_folder(folder)
    if time_limit is not None:
        o.read_duration(time_limit)

    from bridle.cli import several
    from bridle.cli.training import answer, carry_out, where_to_train

    where = where_to_train(executor, workers)
    if several.is_studies(path):
        several.resume(path, margin, metric, output, several.limit(path, time_limit), where)
        return
    from bridle.study.compare import set_reading

    set_reading(path, margin, metric)
    limit = o.limit(time_limit)
    answer(carry_out(path, output, limit, where), output, limit=limit)
