# ruff: noqa: E501 - one file a line
"""What is gathered for a target: found in nine languages, never excluded, within time and budget."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from turnout.context.exclude import Exclusion
from turnout.context.gather import (
    Context,
    Diagnostic,
    Piece,
    RecentEdit,
    Sources,
    Target,
    gather,
)
from turnout.context.languages import language_id
from turnout.context.workspace import Workspace
from turnout.document import Document, Span, split_lines
from turnout_clients.tokens import estimate

# A target with |, and for kinds of pieces: what stands in one of them. ~ means: in none.
CASES: dict[str, tuple[dict[str, str], dict[str, list[str]]]] = {
    "python": (
        {
            "app/main.py": "import os\nfrom app.store import Store\n\nLIMIT = 3\n\ndef helper(a):\n    return a\n\nclass Service:\n    def __init__(self, store: Store):\n        self.store = store\n\n    def run(self):\n        return helper(self.|store.load(LIMIT))\n\ndef last():\n    pass\n",
            "app/store.py": "class Store:\n    def load(self, n):\n        return n\n",
            "app/use.py": "from app.main import Service\n\ndef go(s):\n    x = 1\n    return s.run()\n",
            "tests/test_main.py": "from app.main import Service\n\ndef test_run():\n    assert Service(None).run()\n",
            "AGENTS.md": "Write short functions.\n",
        },
        {
            "target": ["    def run(self):\n        return helper(self.store.load(LIMIT))"],
            "import": ["import os\nfrom app.store import Store"],
            "scope": ["class Service:\n    def __init__(self, store: Store):"],
            "definition": ["def helper(a):", "LIMIT = 3", "def load(self, n):", "~test_run"],
            "caller": ["def go(s):\n    x = 1\n    return s.run()"],
            "sibling": ["def test_run():\n    assert Service(None).run()"],
            "instructions": ["Write short functions."],
            "near": ["def last():"],
        },
    ),
    "typescript": (
        {
            "src/cart.ts": 'import { Item } from "./item";\n\nexport class Cart {\n  items: Item[] = [];\n\n  total(): number {\n    return |sum(this.items);\n  }\n}\n\nexport function sum(items: Item[]): number {\n  return 0;\n}\n',
            "src/item.ts": "export interface Item {\n  price: number;\n}\n",
            "src/page.ts": 'import { Cart } from "./cart";\nexport const show = (cart: Cart) => {\n  print(cart.total());\n};\n',
            "src/cart.test.ts": 'import { Cart } from "./cart";\ntest("total", () => {\n  expect(new Cart().total()).toBe(0);\n});\n',
        },
        {
            "import": ['import { Item } from "./item";'],
            "definition": ["export function sum", "~export class Cart"],
            "caller": ["print(cart.total());"],
            "sibling": ['import { Cart } from "./cart";'],
            "scope": ["items: Item[] = [];"],
        },
    ),
    "javascript": (
        {
            "a.js": 'const { load } = require("./b");\n\nfunction top(x) {\n  return |load(x) + extra;\n}\n\nconst extra = 1;\n',
            "b.js": "exports.load = function (x) {\n  return x;\n};\n",
            "c.js": "function other() {\n  return top(1);\n}\n",
            "__tests__/a.js": 'it("top", () => {\n  top(2);\n});\nfunction setUp() {\n  top(3);\n}\n',
        },
        {
            "import": ['require("./b")'],
            "definition": ["exports.load", "const extra = 1;"],
            "caller": ["function other()"],
            "sibling": ["function setUp()"],
        },
    ),
    "go": (
        {
            "srv/srv.go": 'package srv\n\nimport "fmt"\n\n// Server serves.\ntype Server struct {\n\tname string\n}\n\nfunc (s *Server) Serve() error {\n\treturn |handle(s.name, fmt.Sprint(1))\n}\n',
            "srv/handle.go": "package srv\n\nfunc handle(name, text string) error {\n\treturn nil\n}\n",
            "main.go": "package main\n\nfunc main() {\n\ts.Serve()\n}\n",
            "srv/srv_test.go": "package srv\n\nfunc TestServe(t *testing.T) {\n\tServer{}.Serve()\n}\n",
        },
        {
            "import": ['import "fmt"'],
            "definition": ["// Server serves.\ntype Server struct {", "func handle("],
            "caller": ["func main()"],
            "sibling": ["func TestServe("],
        },
    ),
    "rust": (
        {
            "src/main.rs": "use crate::shape::Shape;\n\nstruct Circle { r: f64 }\n\nimpl Circle {\n    fn area(&self) -> f64 {\n        let s: Shape = |scale(self.r);\n    }\n}\n\nfn scale(x: f64) -> f64 { x }\n",
            "src/shape.rs": "/// A shape.\n#[derive(Debug)]\npub struct Shape {\n    pub sides: u8,\n}\n",
            "src/draw.rs": "fn draw(c: Circle) {\n    c.area();\n}\n",
            "tests/main.rs": "#[test]\nfn the_area() {\n    circle().area();\n}\n",
        },
        {
            "import": ["use crate::shape::Shape;"],
            "definition": ["/// A shape.\n#[derive(Debug)]\npub struct Shape", "fn scale("],
            "caller": ["fn draw(c: Circle)"],
            "sibling": ["fn the_area()"],
            "scope": ["impl Circle {"],
        },
    ),
    "java": (
        {
            "src/p/Cart.java": "package p;\nimport q.Item;\nclass Cart {\n    Item item;\n    int total() {\n        return |price(item);\n    }\n    int price(Item i) {\n        return i.cents();\n    }\n}\n",
            "src/q/Item.java": "package q;\npublic class Item {\n    public int cents() {\n        return 1;\n    }\n}\n",
            "src/p/Shop.java": "package p;\nclass Shop {\n    void sell(Cart cart) {\n        cart.total();\n    }\n}\n",
            "test/p/CartTest.java": "package p;\nclass CartTest {\n    void testTotal() {\n        new Cart().total();\n    }\n}\n",
        },
        {
            "import": ["import q.Item;"],
            "definition": ["int price(Item i)", "public class Item"],
            "caller": ["void sell(Cart cart)"],
            "sibling": ["void testTotal()"],
        },
    ),
    "c": (
        {
            "src/list.c": '#include "list.h"\n\nstatic int grow(struct list *l) {\n    return 1;\n}\n\nint push(struct list *l, int x)\n{\n    return |grow(l) + MAX;\n}\n',
            "src/list.h": "#define MAX 9\nstruct list {\n    int *items;\n};\nint push(struct list *l, int x);\n",
            "src/main.c": "int main(void) {\n    push(0, 1);\n}\n",
            "tests/test_list.c": "void test_push(void) {\n    push(0, 2);\n}\n",
        },
        {
            "import": ['#include "list.h"'],
            "definition": ["static int grow(", "struct list {"],
            "caller": ["int main(void)"],
            "sibling": ["void test_push(void)", "#define MAX 9"],
        },
    ),
    "cpp": (
        {
            "src/box.cpp": '#include "box.h"\n\nnamespace n {\nint Box::width() const {\n    return |side(1);\n}\n}\n',
            "src/box.h": "class Box {\npublic:\n    int width() const;\n};\n",
            "src/box_util.cpp": "int side(int x) {\n    return x;\n}\n",
            "src/use.cpp": "void use(Box& b) {\n    b.width();\n}\n",
            "src/box_test.cc": "void check() {\n    Box().width();\n}\n",
        },
        {
            "import": ['#include "box.h"'],
            "definition": ["int side(int x)"],
            "caller": ["void use(Box& b)"],
            "sibling": ["class Box {", "void check()"],
            "scope": ["namespace n {"],
        },
    ),
    "ruby": (
        {
            "lib/cart.rb": 'require_relative "item"\n\nclass Cart\n  def total\n    |compute(Item.new)\n  end\n\n  def compute(item)\n    item\n  end\nend\n',
            "lib/item.rb": "class Item\n  def price\n    1\n  end\nend\n",
            "lib/shop.rb": "def sell(cart)\n  cart.total\nend\n",
            "spec/cart_spec.rb": "def check_total\n  Cart.new.total\nend\n",
        },
        {
            "import": ['require_relative "item"'],
            "definition": ["def compute(item)", "class Item"],
            "caller": ["def sell(cart)"],
            "sibling": ["def check_total"],
            "scope": ["class Cart"],
        },
    ),
    "kotlin, no grammar": (
        {
            "a.kt": "import b.load\n\nfun top(x: Int): Int {\n    return |load(x)\n}\n\nfun other() = top(1)\n",
            "b.kt": "fun load(x: Int): Int {\n    return x\n}\n",
        },
        {"import": ["import b.load"], "definition": ["fun load(x: Int)"], "target": ["fun top("]},
    ),
}  # fmt: skip


class Place:
    """A workspace on disk, and the target in it that has the cursor."""

    def __init__(self, root: Path, files: Mapping[str, str], exclude: tuple[str, ...] = ()) -> None:
        self.root = root
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.replace("|", "", 1).encode() if "|" in text else text.encode())
            if "|" in text:
                self.target = marked(path, text)
        self.exclusion = Exclusion([root], exclude)
        self.workspace = Workspace([root], self.exclusion.check)

    def sources(self, documents: Mapping[str, Document] | None = None) -> Sources:
        return Sources(self.exclusion, self.workspace, documents or {})

    async def context(self, documents: Mapping[str, Document] | None = None) -> Context:
        return await gather(self.target, self.sources(documents), seconds=20)


def marked(path: Path, text: str) -> Target:
    at = text.index("|")
    text = text.replace("|", "", 1)
    language = language_id(path.name) or "kotlin"
    return Target(document(path, text, language), Span(at, at))


def document(path: Path, text: str, language: str = "python") -> Document:
    return Document(path.as_uri(), 1, language, tuple(split_lines(text)))


def texts(pieces: tuple[Piece, ...], kind: str = "") -> str:
    return "\n=====\n".join(piece.text for piece in pieces if kind in ("", piece.kind))


@pytest.mark.parametrize("name", CASES)
async def test_what_is_found(tmp_path: Path, name: str) -> None:
    files, wanted = CASES[name]
    context = await Place(tmp_path, files).context()
    assert context.complete
    for kind, parts in wanted.items():
        found = texts(context.pieces, kind)
        for part in parts:
            assert (part[1:] not in found) if part[0] == "~" else (part in found), (kind, found)
    assert not [piece for piece in context.pieces if str(tmp_path) in piece.path]
    target = next(piece for piece in context.pieces if piece.kind == "target")
    line = target.text.split("\n")[0]
    assert files[target.path].replace("|", "").split("\n")[target.start_line - 1] == line


async def test_stable_parts_stand_first(tmp_path: Path) -> None:
    place = Place(tmp_path, CASES["python"][0])
    place.target = replace(
        place.target,
        diagnostics=[Diagnostic(place.target.span, "error", "store is None", "checker")],
        edits=[
            RecentEdit(place.target.document.uri, 90, "", "older"),
            RecentEdit(place.target.document.uri, 3, "LIMIT = 2", "LIMIT = 3"),
        ],
    )
    pieces = (await place.context()).pieces
    stable = [piece.stable for piece in pieces]
    assert stable == sorted(stable, reverse=True)
    assert [piece.kind for piece in pieces[-4:]] == ["diagnostic", "edit", "edit", "target"]
    assert pieces[-4].text == "line 14: error: store is None [checker]"
    assert pieces[-3].text == "+older"
    assert pieces[-2].text == "-LIMIT = 2\n+LIMIT = 3"


async def test_excluded_files_are_never_in_it(tmp_path: Path, seed: int) -> None:
    """A hundred files that would all be wanted, each excluded in one of the ways there are."""
    some = random.Random(seed)
    files = dict(CASES["python"][0])
    files[".gitignore"] = "ignored*\nbuild/\n"
    files[".aiignore"] = "private_*\n"
    ways = ("ignored{}.py", "build/x{}.py", "private_{}.py", "mine/x{}.py", ".env.{}", "deep/.ssh/x{}.py", "s{}.tfvars")  # fmt: skip
    hidden = {}
    for number in range(100):
        folder = some.choice(["", "app/", "tests/", "a/b/"])
        name = folder + some.choice(ways).format(number)
        hidden[name] = (
            f"# forbidden{number}\nclass Store:\n    pass\n\ndef helper{number}():\n    run()\n"
            f"def test_run():\n    x = 'forbidden{number}'\n    return Service().run()\n"
        )
    for name in ("ignored/AGENTS.md", "app/CLAUDE.md", "app/private_main.py"):
        hidden[name] = "forbidden instructions\n"
    place = Place(tmp_path, files | hidden, exclude=("mine/", "app/CLAUDE.md"))
    opened = {
        (tmp_path / name).as_uri(): document(tmp_path / name, text) for name, text in hidden.items()
    }
    place.target = replace(
        place.target, edits=[RecentEdit(uri, 0, "", "forbidden") for uri in opened][:12]
    )
    for documents in ({}, opened):
        context = await place.context(documents)
        assert context.complete
        assert "helper(a)" in texts(context.pieces)
        for piece in context.pieces:
            assert "forbidden" not in piece.text
            assert piece.path not in hidden
    place.target = marked(tmp_path / "ignored1.py", "def f():\n    |pass\n")
    assert (await place.context()).pieces == ()


async def test_what_is_open_besides_the_workspace_is_not_in_it(tmp_path: Path) -> None:
    """The editor's own settings, a letter: open, and edited a moment ago."""
    place = Place(tmp_path / "project", CASES["python"][0])
    other = document(
        tmp_path / "letter.py", "def helper(a):\n    forbidden()\n\nService().run('forbidden')\n"
    )
    place.target = replace(
        place.target,
        edits=[
            RecentEdit(other.uri, 0, "", "forbidden"),
            RecentEdit("untitled:1", 0, "", "forbidden"),
            RecentEdit(place.target.document.uri, 3, "", "allowed"),
        ],
    )
    found = texts((await place.context({other.uri: other})).pieces)
    assert "+allowed" in found
    assert "forbidden" not in found


async def test_no_secret_is_cut_in_half(tmp_path: Path) -> None:
    key = (
        "-----BEGIN RSA PRIVATE KEY-----\n"
        + "MIIEowIBAAKCAQEA7bq2\n" * 60
        + "-----END RSA PRIVATE KEY-----"
    )
    store = f'class Store:\n    KEY = """{key}"""\n\n    def load(self):\n        return 1\n'
    contributing = "x\n" * 2_900 + key
    place = Place(
        tmp_path,
        CASES["python"][0] | {"app/store.py": store, "CONTRIBUTING.md": contributing},
    )
    uri, at = place.target.document.uri, place.target.span
    place.target = replace(
        place.target,
        edits=[RecentEdit(uri, 0, "", key)],
        diagnostics=[Diagnostic(at, "error", "x" * 450 + key)],
    )
    found = texts((await place.context()).pieces)
    assert "helper" in found
    assert "x\nx\nx" in found
    assert "line 14: error: xxx" in found
    assert "MIIEow" not in found


async def test_unsaved_texts_come_before_the_disk(tmp_path: Path) -> None:
    place = Place(tmp_path, CASES["python"][0])
    path = tmp_path / "app" / "store.py"
    unsaved = document(path, "class Store:\n    def load(self, unsaved):\n        pass\n")
    found = texts((await place.context({unsaved.uri: unsaved})).pieces, "definition")
    assert "unsaved" in found
    assert "def load(self, n)" not in found
    gone = document(path, "nothing = 1\n")
    assert "class Store" not in texts((await place.context({gone.uri: gone})).pieces, "definition")


async def test_a_change_on_disk_is_seen(tmp_path: Path) -> None:
    place = Place(tmp_path, CASES["python"][0])
    await place.context()
    (tmp_path / "app" / "store.py").write_text("class Store:\n    def fresh(self):\n        pass\n")
    (tmp_path / "app" / "use.py").unlink()
    await asyncio.sleep(1.1)  # what was looked at a second ago is looked at again
    found = (await place.context()).pieces
    assert "def fresh" in texts(found, "definition")
    assert "def go(s)" not in texts(found)


async def test_the_same_state_gives_the_same_bytes(tmp_path: Path, seed: int) -> None:
    some = random.Random(seed)
    for name, (files, _) in CASES.items():
        results = []
        for _ in range(3):
            place = Place(tmp_path / name.partition(",")[0], files)
            others = [p for p in sorted(place.root.rglob("*.*")) if p.is_file()]
            some.shuffle(others)
            opened = {p.as_uri(): document(p, p.read_text(), language_id(p.name)) for p in others}
            context = await place.context(opened)
            results.append(context.fit(some.choice([700]), estimate))
        assert results[0] == results[1] == results[2]


async def test_budgets_hold(tmp_path: Path, seed: int) -> None:
    some = random.Random(seed)
    for name, (files, _) in CASES.items():
        context = await Place(tmp_path / name.partition(",")[0], files).context()
        for _ in range(50):
            budget = some.randrange(600)
            pieces = context.fit(budget, estimate)
            assert sum(estimate(f"{p.title}\n{p.text}\n") for p in pieces) <= budget
            assert list(pieces) == [piece for piece in context.pieces if piece in pieces]
        assert context.fit(0, estimate) == ()
        assert context.fit(10**6, estimate) == context.pieces
        assert not [p for p in context.fit(10**6, estimate, without=("near",)) if p.kind == "near"]


def test_the_least_useful_goes_first() -> None:
    pieces = [Piece("near", "a.py", n, "x" * 30 + str(n), weight=n) for n in range(1, 10)]
    context = Context.of(pieces)
    each = estimate(f"{pieces[0].title}\n{pieces[0].text}\n") + 2
    assert [piece.weight for piece in context.fit(3 * each, estimate)] == [7, 8, 9]


class Slow(Exclusion):
    """The exclusion on a disk that hardly answers."""

    pause = 0.1
    asked = 0

    def check(self, path: str) -> str | None:
        self.asked += 1
        if self.asked > 1:  # after the document itself
            time.sleep(self.pause)
        return super().check(path)


@pytest.mark.parametrize("pause", [0.4, 1.5])
async def test_time_is_kept(tmp_path: Path, pause: float) -> None:
    place = Place(tmp_path, CASES["python"][0])
    slow = Slow([tmp_path], ())
    slow.pause = pause
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    beating = asyncio.create_task(beat())
    began = time.monotonic()
    sources = Sources(slow, Workspace([tmp_path], slow.check))
    context = await gather(place.target, sources, seconds=1)
    assert time.monotonic() - began < 5
    beating.cancel()
    assert beats > 5  # the loop went on
    assert not context.complete
    assert "def run(self)" in texts(context.pieces, "target")
    assert texts(context.pieces, "near")
    nothing = await gather(place.target, place.sources(), seconds=0)
    assert not nothing.complete


async def test_a_search_ends_when_nobody_waits(tmp_path: Path) -> None:
    place, same = Place(tmp_path, CASES["python"][0]), Place(tmp_path, CASES["python"][0])
    whole, slow = Slow([tmp_path], ()), Slow([tmp_path], ())
    whole.pause = 0
    await gather(same.target, replace(same.sources(), exclusion=whole), seconds=60)
    sources = replace(place.sources(), exclusion=slow)
    task = asyncio.create_task(gather(place.target, sources, seconds=60))
    async with asyncio.timeout(30):
        while slow.asked < 2:
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.get_running_loop().shutdown_default_executor()  # when the search has ended
    print(f"{slow.asked} of {whole.asked} looks")
    assert slow.asked < whole.asked / 2


def test_the_workspace_follows_the_disk(tmp_path: Path) -> None:
    place = Place(tmp_path, {"a.py": "def one():\n    pass\n|", "b/c.go": "func Two() {}\n"})
    workspace, a = place.workspace, tmp_path / "a.py"
    assert workspace.look(20)
    assert workspace.defining("one") == [str(a)]
    assert workspace.defining("Two") == [str(tmp_path / "b" / "c.go")]
    a.write_text("def three():\n    pass\n")
    (tmp_path / "b" / "c.go").unlink()
    time.sleep(1.1)  # a second is how long a look counts
    assert workspace.look(20)
    assert workspace.defining("one") == workspace.defining("Two") == []
    assert workspace.defining("three") == workspace.files == [str(a)]


@pytest.mark.parametrize(
    "text",
    [
        "def f(:\n  |)\n\nclass (\n",
        "x = 1\r\n\r\ndef f():\r\n\treturn |x\r\n",
        "é = '🎉'\n\ndef 𝔣():\n    return é + |'𝔘🎉'\n",
        "|",
        "\n\n|\n\n",
        "x = '" + "y" * 300_000 + "'\n|z = 1\n",
        "def f():\n    return 1\n" * 120_000 + "def g():\n    return |1\n" + "a = 2\n" * 500_000,
    ],
    ids=["broken", "crlf and tabs", "not bmp", "empty", "blank", "long line", "five megabytes"],
)
async def test_odd_texts(tmp_path: Path, text: str) -> None:
    place = Place(tmp_path, {"a.py": text, "b.py": "def f():\n    pass\n"})
    context = await place.context()
    whole = text.replace("|", "", 1)
    for piece in context.pieces:
        if piece.path == "a.py" and piece.kind in ("near", "target"):
            assert piece.text in whole
            line = piece.text.split("\n")[0]
            assert whole.split("\n")[piece.start_line - 1].startswith(line[:1000])
    assert sum(len(piece.text) for piece in context.pieces) < 400_000


async def test_a_document_without_a_file(tmp_path: Path) -> None:
    place = Place(tmp_path, CASES["python"][0])
    text = "import os\n\ndef f():\n    return os\n"
    untitled = Document("untitled:Untitled-1", 1, "python", tuple(split_lines(text)))
    context = await gather(Target(untitled, Span(25, 25)), place.sources(), seconds=20)
    assert {piece.kind for piece in context.pieces} == {"import", "target"}
    assert {piece.path for piece in context.pieces} == {"untitled:Untitled-1"}


async def test_instructions_are_the_nearest_and_not_endless(tmp_path: Path) -> None:
    place = Place(
        tmp_path / "ws",
        {
            "a/b/c.py": "x = |1\n",
            "a/AGENTS.md": "near\n",
            "AGENTS.md": "far\n",
            "CLAUDE.md": "far\n",
            "CONTRIBUTING.md": "long line\n" * 5_000,
        },
    )
    (tmp_path / "AGENTS.md").write_text("outside of the workspace\n")
    found = [p for p in (await place.context()).pieces if p.kind == "instructions"]
    assert sorted(p.path for p in found) == ["AGENTS.md", "CONTRIBUTING.md", "a/AGENTS.md"]
    assert max(found, key=lambda piece: piece.weight).text == "near\n"
    assert all(len(piece.text) <= 6_000 for piece in found)


def test_no_parser_is_loaded_before_it_is_needed() -> None:
    code = "import sys, turnout.context.gather; print([m for m in sys.modules if m.startswith('tree_sitter') or m == 'numpy'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
