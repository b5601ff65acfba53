import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from tocsin.cli.top import top
from tocsin.settings import Settings

pytestmark = pytest.mark.usefixtures("stored")
Run = Callable[..., Result]


def test_the_series_furthest_above_expectation_stands_first(run: Run, stored_settings: Settings) -> None:
    result = run(top, settings=stored_settings)
    assert result.exit_code == 0
    said, _, first, *_ = result.stdout.splitlines()
    assert said.strip() == "The 6 min up to 2009-06-11T08:00:30Z"
    assert first.split()[:4] == ["channel=sms", "1,100", "110.0", "10.00"]
    assert "█" * 20 in first


def test_json_is_an_array_with_ratios(run: Run, stored_settings: Settings) -> None:
    result = run(top, "--last", "3", "--series", "2", "--json", settings=stored_settings)
    ranked = json.loads(result.stdout)
    assert len(ranked) == 2
    assert ranked[0].keys() == {"series", "posts", "expected", "deviations", "ratio"}
    assert ranked[0]["deviations"] >= ranked[1]["deviations"]


def test_an_empty_redis_gets_a_kind_word_and_no_error(run: Run, stored_settings: Settings, namespace: str) -> None:
    empty = stored_settings.model_copy(update={"namespace": namespace})
    for args, stdout in (((), ""), (("--json",), "[]\n")):
        result = run(top, *args, settings=empty)
        assert (result.exit_code, result.stdout) == (0, stdout)
        assert "tocsin demo" in result.stderr
