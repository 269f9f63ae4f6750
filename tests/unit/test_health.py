"""When a back end rests, for how long, and who finds out whether that has helped."""

from __future__ import annotations

import pytest

from turnout.routing.health import (
    CREDIT_REST,
    IN_A_ROW,
    LONGEST_REST,
    REST,
    BackEnd,
    Health,
    Rest,
    Visit,
)
from turnout_clients import errors
from turnout_clients.types import Endpoint, Model, Secret

ILL = (
    errors.Unreachable, errors.DeadlineExceeded, errors.Overloaded, errors.RateLimited,
    errors.StreamCut, errors.MalformedStream,
)  # fmt: skip
NOT_ILL = (
    errors.BadRequest, errors.ContextOverflow, errors.BadSchema, errors.BadThought, errors.Refused,
    errors.EmptyAnswer, errors.TooLarge, errors.ModelNotFound, errors.Forbidden,
)  # fmt: skip
OF_KEY = (errors.Unauthorized, errors.Suspended, errors.QuotaExhausted, errors.SpendLimit)


class World:
    """Back ends, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.health = Health(lambda: self.now)
        self.end = BackEnd("p", "p/m", "key")

    def enter(self, end: BackEnd | None = None, *, typing: bool = False) -> Visit:
        visit = self.health.enter(end or self.end, typing=typing)
        assert isinstance(visit, Visit)
        return visit

    def fail(
        self,
        times: int = 1,
        kind: type[errors.ProviderError] = errors.Overloaded,
        *,
        wait: float | None = None,
        typing: bool = False,
    ) -> None:
        for _ in range(times):
            error = kind("It failed.", provider="p", remedy="mend it", retry_after=wait)
            self.enter(typing=typing).failed(error)

    def rest(self, end: BackEnd | None = None, *, typing: bool = False) -> Rest | None:
        return self.health.rest(end or self.end, typing=typing)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("kind", ILL)
def test_it_rests_after_failures_in_a_row(world: World, kind: type[errors.ProviderError]) -> None:
    world.fail(IN_A_ROW - 1, kind)
    assert world.rest() is None
    assert world.health.is_clear
    world.fail(1, kind)
    rest = world.rest()
    assert rest is not None
    assert rest.until == world.now + REST
    assert not rest.asked
    assert not world.health.is_clear
    assert world.rest(BackEnd("p", "p/other", "key")) is None
    assert world.rest(BackEnd("p", "p/m", "other")) is None


@pytest.mark.parametrize("kind", NOT_ILL)
def test_what_the_request_was_to_blame_for_is_no_illness(
    world: World, kind: type[errors.ProviderError]
) -> None:
    world.fail(IN_A_ROW - 1)
    world.fail(50, kind)
    world.fail(IN_A_ROW - 1)
    assert world.rest() is None


def test_it_rests_when_half_of_its_calls_fail(world: World) -> None:
    for n in range(19):
        if n % 2:
            world.fail()
        else:
            world.enter().succeeded()
    assert world.rest() is None
    world.fail()
    assert world.rest()


def test_what_lies_far_back_does_not_count(world: World) -> None:
    for _ in range(30):
        world.fail(2)
        for _ in range(3):
            world.enter().succeeded()
    assert world.rest() is None


def test_one_call_probes_and_the_others_pass_by(world: World) -> None:
    world.fail(IN_A_ROW)
    world.now += REST - 0.1
    assert isinstance(world.health.enter(world.end, typing=False), Rest)
    world.now += 0.1
    assert world.rest() is None
    probe = world.enter()
    rest = world.health.enter(world.end, typing=False)
    assert isinstance(rest, Rest)
    assert rest.probed
    probe.succeeded()
    assert world.rest() is None
    world.fail(IN_A_ROW - 1)
    assert world.rest() is None


def test_each_probe_that_fails_doubles_the_rest(world: World) -> None:
    world.fail(IN_A_ROW)
    lengths = []
    for _ in range(6):
        rest = world.rest()
        assert rest is not None
        assert rest.until is not None
        lengths.append(rest.until - world.now)
        world.now = rest.until
        world.fail(1)
    assert lengths == [REST, 30, 60, LONGEST_REST, LONGEST_REST, LONGEST_REST]
    world.now += LONGEST_REST
    world.enter().succeeded()
    world.fail(IN_A_ROW)
    rest = world.rest()
    assert rest is not None
    assert rest.until == world.now + REST


def test_a_probe_that_nobody_waited_for_leaves_its_place(world: World) -> None:
    world.fail(IN_A_ROW)
    world.now += REST
    world.enter().left()
    world.enter().succeeded()
    assert world.health.is_clear


def test_calls_from_before_neither_prolong_the_rest_nor_end_a_probe(world: World) -> None:
    early, late = world.enter(), world.enter()
    world.fail(IN_A_ROW)
    rest = world.rest()
    world.now += 1
    early.failed(errors.Overloaded("It failed.", provider="p"))
    assert world.rest() == rest
    world.now += REST
    world.enter()
    late.left()
    assert isinstance(world.health.enter(world.end, typing=False), Rest)


def test_it_is_left_alone_as_long_as_it_asked(world: World) -> None:
    running = world.enter()
    world.fail(1, errors.RateLimited, wait=40)
    rest = world.rest()
    assert rest is not None
    assert (rest.until, rest.asked) == (world.now + 40, True)
    running.succeeded()  # what was under way says nothing of the wait
    assert world.rest() == rest
    assert isinstance(world.health.enter(world.end, typing=False, anyway=True), Rest)
    world.now += 40
    world.enter().succeeded()
    assert world.health.is_clear


@pytest.mark.parametrize("kind", OF_KEY)
def test_a_key_of_no_use_rests_all_its_models(
    world: World, kind: type[errors.ProviderError]
) -> None:
    world.fail(1, kind)
    rest = world.rest(BackEnd("p", "p/other", "key"))
    assert rest is not None
    assert (rest.of_key, rest.remedy) == (True, "mend it")
    assert world.rest(BackEnd("p", "p/m", "new key")) is None
    assert world.rest(BackEnd("q", "q/m", "key")) is None
    world.now += CREDIT_REST
    lasts = not issubclass(kind, errors.QuotaExhausted)
    assert bool(world.rest()) == lasts, "credit may have been added meanwhile"
    world.health.forget()
    assert world.rest() is None


def test_too_slow_for_typing_is_not_too_slow_for_a_review(world: World) -> None:
    world.fail(IN_A_ROW, errors.DeadlineExceeded, typing=True)
    assert world.rest(typing=True)
    assert world.rest() is None
    world.enter().succeeded()
    assert world.rest(typing=True), "a review that came says nothing of its haste"
    world.health.forget()
    world.fail(IN_A_ROW, errors.DeadlineExceeded)
    assert world.rest(typing=True)


def test_against_a_guess_it_may_be_asked_anyway(world: World) -> None:
    world.fail(IN_A_ROW)
    visit = world.health.enter(world.end, typing=False, anyway=True)
    assert isinstance(visit, Visit)
    visit.failed(errors.Overloaded("It failed.", provider="p"))
    rest = world.rest()
    assert rest is not None
    assert rest.until == world.now + REST
    visit = world.health.enter(world.end, typing=False, anyway=True)
    assert isinstance(visit, Visit)
    visit.succeeded()
    assert world.health.is_clear


def test_a_fingerprint_tells_keys_apart_and_nothing_more() -> None:
    model = Model("p/m", "p", "m")

    def of(key: str | None, url: str = "http://x", **more: str) -> BackEnd:
        headers = tuple(more.items())
        return BackEnd.of(Endpoint("p", "d", url, Secret(key) if key else None, headers), model)

    ends = [of("sk-canary"), of("sk-canary2"), of(None), of("sk-canary", "http://y"),
            of("sk-canary", token="t")]  # fmt: skip
    assert len(set(ends)) == len(ends)
    assert of("sk-canary") == ends[0]
    assert "canary" not in repr(ends)
