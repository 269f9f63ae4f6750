"""What is learnt of calls: when a first token is late, and how many calls may be made besides."""

from __future__ import annotations

import random

import pytest

from turnout.engine.experience import ENOUGH, Bucket, Experience, FirstTokens


@pytest.mark.parametrize("share", [0.1, 0.2])
def test_a_bucket_never_gives_more_than_its_share(share: float, seed: int) -> None:
    chance = random.Random(seed)
    bucket = Bucket(share, 1.0)
    taken = 0
    for n in range(1, 2_000):
        bucket.fill()
        for _ in range(chance.choice((0, 0, 1, 3))):
            taken += bucket.take()
        assert taken <= share * n + 1.0 + 1e-6
    assert taken > share * 2_000 * 0.9


def test_what_was_not_used_is_kept_for_a_while() -> None:
    bucket = Bucket(0.1, 1.0)
    for _ in range(1_000):
        bucket.fill()
    assert [bucket.take() for _ in range(7)] == [True] * 5 + [False] * 2


def test_late_is_later_than_95_of_100() -> None:
    seen = FirstTokens()
    for n in range(ENOUGH - 1):
        seen.saw("m", n / 100)
    assert seen.late("m") is None
    seen.saw("m", 9.0)
    assert seen.late("m") == 9.0  # of twenty, that is the last
    for n in range(64):
        seen.saw("m", n / 100)
    assert seen.late("m") == 0.60
    assert seen.late("other") is None


def test_those_that_were_closed_for_a_quicker_one_are_not_forgotten() -> None:
    seen = FirstTokens()
    seen.gave_up("m", 9.0)
    for _ in range(ENOUGH):
        seen.saw("m", 0.1)
    for _ in range(ENOUGH):
        seen.gave_up("m", 0.05)  # by a key: it says nothing
    assert seen.late("m") == 0.1
    seen.gave_up("m", 0.2)
    seen.gave_up("m", 0.2)
    assert seen.late("m") == 0.2


def test_a_keyring_is_not_asked_at_every_key() -> None:
    at = 0.0
    experience = Experience(lambda: at)
    assert experience.may_look_for_keys()
    assert not experience.may_look_for_keys()
    at = 30.0
    assert experience.may_look_for_keys()
