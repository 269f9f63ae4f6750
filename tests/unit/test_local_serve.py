"""`turnout local serve` before a model is loaded: each thing that can be wrong is said at once."""

from __future__ import annotations

import argparse
import functools
import os
import socket
import sys
from pathlib import Path

import pytest

from turnout.local import command, engine
from turnout.local.model_file import Unusable, check, model_id
from turnout.settings.add import add_tables, as_toml
from turnout.settings.load import load


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser(prog="turnout")
    commands = parser.add_subparsers(dest="command")
    command.add_parser(functools.partial(commands.add_parser, argument_default=argparse.SUPPRESS))
    return command.main(parser.parse_args(["local", "serve", *arguments]))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "Tiny Model v1.gguf"
    file.write_bytes(b"GGUF" + bytes(20))
    return file


def test_the_extra_is_not_installed(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    assert run(str(model)) == 1
    assert capsys.readouterr().err == (
        "The engine for local models is not installed. Run: pip install 'turnout[local]'\n"
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.gguf", None, "There is no file"),
        ("text.gguf", b"not a model", "is not a GGUF file"),
        ("empty.gguf", b"", "is not a GGUF file"),
        ("big-00002-of-00003.gguf", b"GGUF....", "name its first part"),
    ],
)
def test_files_that_are_no_models(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Unusable, match=said):
        check(tmp_path / name)


def test_a_folder_and_a_first_part(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="is a folder"):
        check(tmp_path)
    first = tmp_path / "big-00001-of-00003.gguf"
    first.write_bytes(b"GGUF....")
    check(first)


def test_a_port_that_is_taken(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine, "library", lambda: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(str(model), "--port", str(port)) == 1
    err = capsys.readouterr().err
    assert f"Port {port} cannot be used" in err
    assert "--port" in err


def test_a_name_that_settings_do_not_take(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(model), "--name", "recall") == 1
    assert "reserved" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["0", "-7", "x", "65536", "1.5"])
def test_a_port_that_is_none(model: Path, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(str(model), f"--port={wrong}")
    assert "is not a number from 1 to 65535" in capsys.readouterr().err


def test_too_little_memory(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        class CommonParams:
            def __getattr__(self, name: str) -> object:
                return self

        @staticmethod
        def Server(_: object) -> None:  # noqa: N802 - as the wheel calls it
            raise RuntimeError("Failed to init server")

    monkeypatch.setattr(engine, "library", lambda: Library)
    monkeypatch.setattr(engine, "free_memory", lambda: 20)
    wanted = engine.Wanted(model, "tiny", 8377, 4096, 1)
    with pytest.raises(Unusable, match="not enough memory"):
        engine.start(wanted)
    monkeypatch.setattr(engine, "free_memory", lambda: 10**12)
    with pytest.raises(Unusable, match="could not load"):
        engine.start(wanted)


def test_the_name_of_a_model(tmp_path: Path) -> None:
    assert model_id(tmp_path / "Tiny Model v1.gguf") == "Tiny-Model-v1"
    assert model_id(tmp_path / "q4_k.m.gguf") == "q4_k.m"
    assert model_id(tmp_path / "日本.gguf") == "model"


def test_one_core_is_left_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert engine.usual_threads() == 3
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert engine.usual_threads() == 1


def test_tables_are_added_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "sub" / "turnout.toml"
    name = 'local/a "b" \\ c'
    row: dict[str, str | int] = {"dialect": "llamacpp", "base_url": "http://127.0.0.1:1"}
    tables = {("providers", "local"): row, ("models", name): {"context": 4096, "fim": "continue"}}
    add_tables(file, tables)
    assert file.read_text() == as_toml(tables)
    settings = load(file, [], None, {})
    assert settings.problems == ()
    assert (settings.models[name].context, settings.models[name].fim) == (4096, "continue")
    before = file.read_bytes()
    with pytest.raises(ValueError, match="valid TOML"):
        add_tables(file, tables)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["turnout.toml"]
