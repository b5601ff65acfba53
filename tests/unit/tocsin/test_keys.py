import inspect

from tocsin.keys import Keys


def all_keys(prefix: str) -> list[str]:
    keys = Keys(prefix)
    plain = [getattr(keys, name) for name, member in vars(Keys).items() if isinstance(member, property)]
    called = [
        getattr(keys, name)(7_200_000)
        for name, member in vars(Keys).items()
        if inspect.isfunction(member) and not name.startswith("_")
    ]
    return plain + called


def test_every_key_begins_with_the_prefix() -> None:
    assert all(key.startswith("tocsin:blue:") for key in all_keys("tocsin:blue:"))


def test_no_two_keys_are_the_same() -> None:
    keys = all_keys("tocsin:")
    assert len(set(keys)) == len(keys) > 10


def test_deployments_share_no_key() -> None:
    assert not set(all_keys("tocsin:a:")) & set(all_keys("tocsin:b:"))


def test_times_in_keys_are_seconds() -> None:
    keys = Keys("tocsin:")
    assert keys.bucket(1_244_678_405_000) == "tocsin:bucket:1244678405"
    assert keys.minute(1_244_678_400_000) == "tocsin:minute:1244678400"
    assert keys.hour(1_244_678_400_000) == "tocsin:hour:1244678400"
    assert keys.band(1_244_678_405_000) == "tocsin:band:1244678405"
