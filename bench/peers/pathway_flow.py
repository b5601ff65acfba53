"""Pathway: a table of raw records, and a callback for each row that comes.

Its own groupings would keep each count of each bucket as a row of a differential dataflow; here the state is the
job's own.
"""

from typing import Any

import pathway as pw

from bench.peers.job import Job, Store, ordered
from tocsin.lexicon import default_lexicon


def main() -> None:
    """Work until it is told to stop."""
    order = ordered()
    job, store = Job(order.rules, default_lexicon()), Store(order.redis)

    def on_change(key: Any, row: dict[str, bytes], time: int, is_addition: bool) -> None:  # noqa: ARG001  called by name
        for closed in job.record(row["data"]):
            store.write(closed)

    table = pw.io.kafka.read(
        {"bootstrap.servers": order.kafka, "group.id": "pathway", "auto.offset.reset": "earliest"},
        topic=order.topic,
        format="raw",
        with_metadata=True,
    )
    # Rows that came together are told in any order, but who is late depends on what came before.
    ordered_rows = table.select(pw.this.data, offset=pw.unwrap(pw.this._metadata["offset"].as_int()))  # noqa: SLF001
    pw.io.subscribe(ordered_rows, on_change, sort_by=[ordered_rows.offset])
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


if __name__ == "__main__":
    main()
