"""Draws ``backtest.svg``: June 2009 as a backtest tells it. Run: ``python docs/pictures/backtest.py``."""

from pathlib import Path

from producers.scenario import SCENARIOS
from tocsin.backtest import Recorder, Run, held
from tocsin.incidents import Incident
from tocsin.lexicon import default_lexicon
from tocsin.offline import Offline
from tocsin.report_plot import draw_lanes
from tocsin.settings import load_settings


def main() -> None:
    """Judge the scenario, seed 1, and draw its lanes."""
    scenario = SCENARIOS["tehran-2009"]()
    settings = load_settings(**scenario.settings)
    pipeline, recorder = (
        Offline(settings.rules, default_lexicon(), settings.false_page_days),
        Recorder(settings.bucket_ms),
    )
    incidents: dict[str, Incident] = {}
    for item in scenario.lines(seed=1):
        for judgement in pipeline.fold(item.raw):
            recorder.fold(judgement)
            incidents.update({incident.id: incident for incident in judgement.revisions})
    events = tuple(event for event in scenario.truth(1) if event.must)
    run = Run(
        settings={},
        bucket_ms=settings.bucket_ms,
        digest=pipeline.judge.digest,
        totals={},
        course=recorder.course,
        incidents=list(incidents.values()),
        score=held(recorder, events, settings.bucket_ms),
    )
    Path(__file__).with_suffix(".svg").write_bytes(draw_lanes([("as set", run)], events))


if __name__ == "__main__":
    main()
