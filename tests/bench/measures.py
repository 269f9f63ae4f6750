"""What is measured, one function a measure. Each takes a session and adds its samples."""

from __future__ import annotations

from time import perf_counter

from bench.control import Control
from bench.figures import Figures
from bench.peers import Contestant
from bench.tabby_upstream import MARK
from bench.typist import Typist
from bench.workspace import Workspace

KEY_GAP = 0.03  # key repeat of a keyboard
BURST = "gather_all_the_parts"  # 20 keys
TYPED = 12  # keys through one shown suggestion
FAMILIAR = "    return Response(status_code=409, content={"  # goes on alike in dozens of places
GIVE_UP = 5  # seconds after spawn to wait for a text
HANG = 0.5  # an upstream slow enough to be cancelled


def start(contestant: Contestant, workspace: Workspace, figures: Figures, seed: int) -> None:
    """From spawn to `initialize`, to the first answer, to the first text; and the first call."""
    name = contestant.name
    with Typist(contestant, workspace, seed) as typist:
        spawned = typist.client.spawned
        figures.add(name, "initialize", typist.initialize_seconds)
        shown = typist.suggest(typist.append_line(FAMILIAR))
        figures.add(name, "first completion", typist.answered - spawned)
        while not shown.text and typist.answered - spawned < GIVE_UP:
            typist.client.pause(0.02)
            shown = typist.suggest()
        if shown.text:
            figures.add(name, "first text", typist.answered - spawned)
        if contestant.calls:
            shown = typist.suggest(typist.new_line(typist.novel("first")))
            measure = "first call" if MARK in shown.text else "first call: other answer"
            figures.add(name, measure, shown.seconds)


def fresh(typist: Typist, control: Control, figures: Figures, count: int) -> None:
    """A suggestion that only the upstream can give, and then its text typed key by key."""
    name = typist.contestant.name
    for _ in range(count):
        mark = control.count()
        shown = typist.suggest(typist.new_line(typist.novel("outcome")))
        calls = control.asked(mark)
        figures.calls(name, "fresh", len(calls))
        typist.client.notify(*typist.remove_line())
        if MARK not in shown.text or not calls or calls[0].ended is None:
            figures.add(name, "fresh: other answer", shown.seconds)
            continue
        upstream = calls[0].ended - calls[0].started
        figures.add(name, "fresh", shown.seconds)
        figures.add(name, "fresh overhead", shown.seconds - upstream)


def type_through(typist: Typist, control: Control, figures: Figures, count: int) -> None:
    """Every key that fits the shown suggestion is answered with its rest."""
    name = typist.contestant.name
    for _ in range(count):
        text = typist.suggest(typist.new_line(typist.novel("through"))).text
        mark = control.count()
        for number, key in enumerate(text[:TYPED], start=1):
            shown = typist.suggest(typist.type(key))
            kept = shown.text == text[number:]
            figures.add(name, "typing through" if kept else "typing through: lost", shown.seconds)
        figures.calls(name, "typing through", control.count() - mark)
        typist.client.notify(*typist.remove_line())


def burst(typist: Typist, control: Control, figures: Figures, count: int) -> None:
    """Twenty keys at the speed of key repeat, each with a request; the last one is waited for."""
    name = typist.contestant.name
    for _ in range(count):
        mark = control.count()
        asked = [typist.ask(typist.new_line(typist.novel("burst")))]
        for key in BURST:
            typist.key_pause(KEY_GAP, asked[-1][1])
            asked.append(typist.ask(typist.type(key)))
        last = typist.shown(*asked[-1])
        for request, _ in asked:
            typist.client.wait(request)
        figures.add(name, "burst" if last.text else "burst: nothing shown", last.seconds)
        figures.calls(name, "burst", control.count() - mark)
        typist.client.notify(*typist.remove_line())


def cancel(typist: Typist, control: Control, figures: Figures, count: int) -> None:
    """From `$/cancelRequest` to the upstream's socket closed and to the answer."""
    name = typist.contestant.name
    for _ in range(count):
        mark = control.count()
        request, _ = typist.ask(typist.new_line(typist.novel("gone")))
        typist.client.pause(typist.rng.uniform(0.03, 0.08))
        if request not in typist.client.answered:
            cancelled = typist.client.cancel(request)
            _closing(typist, control, figures, "cancel", (mark, cancelled))
            answered = typist.client.wait(request).at - cancelled
            figures.add(name, "cancel: answered", answered)
        typist.client.notify(*typist.remove_line())


def supersede(typist: Typist, control: Control, figures: Figures, count: int) -> None:
    """The same, where a request for another place makes the one before useless."""
    name = typist.contestant.name
    for _ in range(count):
        mark = control.count()
        first, _ = typist.ask(typist.new_line(typist.novel("old")))
        typist.client.pause(typist.rng.uniform(0.03, 0.08))
        if first not in typist.client.answered:
            second, written = typist.ask(typist.go_back())
            _closing(typist, control, figures, "superseded", (mark, written))
            answered = typist.client.wait(first).at - written
            figures.add(name, "superseded: answered", answered)
            typist.client.cancel(second)
            typist.client.wait(second)
        typist.client.notify(*typist.remove_line())


def _closing(
    typist: Typist, control: Control, figures: Figures, measure: str, since: tuple[int, float]
) -> None:
    """Wait until the first call since then has lost its socket, or was let run to its end."""
    mark, started = since
    call = None
    while call is None or (call.closed is None and call.ended is None):
        # The upstream is asked rarely: asking it takes time from what it is to notice.
        typist.client.pause(0.03)
        call = next(iter(control.asked(mark)), None)
        if call is None and perf_counter() - started > GIVE_UP:
            raise TimeoutError(f"{typist.contestant.name} made no call")
    if call.closed is None:
        figures.add(typist.contestant.name, f"{measure}: not closed", HANG)
    else:
        figures.add(typist.contestant.name, measure, call.closed - started)


def recall(
    typist: Typist, control: Control, figures: Figures, count: int, *, menu: bool = False
) -> None:
    """A new module is written below the others; what recall knows needs no upstream."""
    name = typist.contestant.name
    measure = "recall, menu" if menu else "recall"
    for _ in range(count):
        head, rest = typist.unwritten_line()
        mark = control.count()
        shown = typist.suggest(typist.append_line(head), menu=menu)
        calls = control.count() - mark
        if not shown.text or MARK in shown.text:
            figures.add(name, f"{measure}: passed on", shown.seconds)
        else:
            figures.add(name, measure, shown.seconds)
            figures.calls(name, measure, calls)
        typist.client.notify(*typist.type(rest))


def floor(control: Control, figures: Figures, count: int) -> None:
    """The same upstream through nothing but a kept-alive connection."""
    for _ in range(count):
        figures.add("HTTP floor", "fresh", control.complete())


def round_trip(typist: Typist, figures: Figures, count: int) -> None:
    """An edit and a request that asks nobody: what the protocol library costs."""
    for _ in range(count):
        shown = typist.suggest(typist.new_line(typist.novel("bare")))
        figures.add(typist.contestant.name, "round trip", shown.seconds)
        typist.client.notify(*typist.remove_line())


def memory(contestant: Contestant, workspace: Workspace, figures: Figures, seed: int) -> None:
    """Resident memory of the process tree after 200 requests."""
    with Typist(contestant, workspace, seed) as typist:
        typist.settle()
        for _ in range(100):
            typist.suggest(typist.new_line(typist.novel("memory")))
            head, rest = typist.unwritten_line()
            typist.suggest(typist.append_line(head))
            typist.client.notify(*typist.type(rest))
        figures.add(contestant.name, "rss", typist.client.rss() / 1e6)
