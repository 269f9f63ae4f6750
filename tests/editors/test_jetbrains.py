"""The template for LSP4IJ: its schemas, what the loader takes for granted, its installer run."""

from __future__ import annotations

import hashlib
import json
import os
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from support.driven import ROOT

TEMPLATE = ROOT / "editors" / "jetbrains" / "turnout"
PUBLISHED = ROOT.parent / "shared" / "data" / "lsp4ij"


def read(name: str) -> Any:
    return json.loads((TEMPLATE / name).read_text())


def published(name: str) -> Any:
    path = PUBLISHED / f"{name}.schema.json"
    if not path.is_file():
        pytest.skip("the data sets are not part of the repository")
    return json.loads(path.read_text())


def test_the_published_schemas_take_it() -> None:
    client = published("clientSettings")
    jsonschema.validate(read("clientSettings.json"), client)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"inlineCompletion": {}}, client)
    installer = published("installerSettings")
    jsonschema.validate(read("installer.json"), installer)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"id": 1}, installer)


def test_the_loader_finds_all_that_it_takes_for_granted() -> None:
    """Without `programArgs` the loader fails; a mapping without a pattern or a language is lost."""
    template = read("template.json")
    arguments = template["programArgs"]
    assert all(isinstance(text, str) for text in arguments.values())
    assert shlex.split(arguments["default"])[:2] == ["sh", "-c"]
    assert arguments["default"].count('"') % 2 == 0
    for mapping in template["fileTypeMappings"]:
        assert set(mapping) == {"fileType", "languageId"}
        assert mapping["fileType"]["patterns"]
    for mapping in template["languageMappings"]:
        assert set(mapping) == {"language", "languageId"}
    for name in ("settings.json", "initializationOptions.json"):
        assert isinstance(read(name), dict)
    known = {mapping["languageId"] for mapping in template["fileTypeMappings"]}
    assert {mapping["languageId"] for mapping in template["languageMappings"]} <= known


@pytest.mark.parametrize(
    ("file", "language"),
    [("a.py", "python"), ("A.java", "java"), ("a.kt", "kotlin"), ("a.tsx", "typescriptreact"),
     ("a.cpp", "cpp"), ("a.go", "go"), ("a.rs", "rust"), ("a.rb", "ruby"), ("a.php", "php"),
     ("build.gradle", "groovy"), ("a.yml", "yaml"), ("a.cs", "csharp")],
)  # fmt: skip
def test_common_files_have_one_language(file: str, language: str) -> None:
    found = [
        mapping["languageId"]
        for mapping in read("template.json")["fileTypeMappings"]
        if any(fnmatch(file, pattern) for pattern in mapping["fileType"]["patterns"])
    ]
    assert found == [language]


def test_the_settings_fit_their_schema() -> None:
    schema = read("settings.schema.json")
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(read("settings.json"), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"turnout": {"inline": {"enabled": "yes"}}}, schema)


class Installer:
    """Runs `installer.json` as LSP4IJ does: its tasks, its macros, its way to split a command."""

    def __init__(self, home: Path, environ: dict[str, str]) -> None:
        self.home = home
        self.environ = environ
        self.command = read("template.json")["programArgs"]["default"]
        self.steps: list[str] = []
        self.messages: list[str] = []
        self.descriptor = read("installer.json")
        self.patience = 1  # how many times the seconds that the IDE waits

    def check(self) -> bool:
        """Whether the server is there."""
        return self._task(self.descriptor["check"])

    def run(self) -> bool:
        """Install it."""
        return self._task(self.descriptor["run"])

    def _task(self, holder: dict[str, Any]) -> bool:
        ((kind, task),) = holder.items()
        self.steps.append(task["name"])
        following = "onSuccess" if getattr(self, f"_{kind}")(task) else "onFail"
        return self._task(task[following]) if following in task else following == "onSuccess"

    def _exec(self, task: dict[str, Any]) -> bool:
        command = self._of_this_system(task["command"])
        if command == "${server.command}":
            command = shlex.split(self.command)
        assert isinstance(command, list)
        folder = Path(self._resolved(task.get("workingDir", str(self.home))))
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile() as said:
            try:
                process = subprocess.Popen(
                    [self._macros(part) for part in command],
                    cwd=folder, env=self.environ, stdin=subprocess.PIPE, stdout=said, stderr=said,
                )  # fmt: skip
            except OSError:
                return False
            with process:
                try:
                    code = process.wait(task.get("timeout", 120_000) / 1000 * self.patience)
                except subprocess.TimeoutExpired:  # it runs, so it is there
                    process.kill()
                    return True
            said.seek(0)
            print(said.read().decode())
        assert task["ignoreStderr"]  # pip and venv have things to say there
        return code == 0

    def _configureServer(self, task: dict[str, Any]) -> bool:  # noqa: N802
        self.command = self._resolved(self._of_this_system(task["command"]))
        return True

    def _showMessage(self, task: dict[str, Any]) -> bool:  # noqa: N802
        self.messages.append(task["content"])
        return False

    def _of_this_system(self, command: Any) -> Any:
        return command["default"] if isinstance(command, dict) else command

    def _resolved(self, text: str) -> str:
        for name, value in self.descriptor["properties"].items():
            text = text.replace(f"${{{name}}}", value)
        return self._macros(text)

    def _macros(self, text: str) -> str:
        return text.replace("$USER_HOME$", str(self.home))


@pytest.fixture
def installer(home: Path) -> Installer:
    """One whose system has a shell and Python, and no turnout."""
    bare = home / "bin"
    bare.mkdir()
    python = Path(sys.base_prefix) / "bin" / "python3"
    for name, program in {"sh": "/bin/sh", "python3": python}.items():
        (bare / name).symlink_to(program)
    return Installer(home, {"HOME": str(home), "PATH": str(bare), "PIP_NO_INDEX": "1"})


def test_the_installer_uses_the_server_on_the_path(installer: Installer) -> None:
    installer.patience = 30
    assert not installer.check()  # it ends, and does not just run on
    installer.patience = 1
    installer.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    assert installer.check()
    assert installer.run()
    assert installer.command == 'sh -c "exec turnout --stdio"'
    assert installer.steps[-2:] == ["Look for turnout on the PATH", "Use it"]


def test_the_installer_says_what_is_missing(installer: Installer) -> None:
    (installer.home / "bin" / "python3").unlink()
    assert not installer.run()
    (message,) = installer.messages
    assert "Python 3.11" in message
    assert "Reinstall" in message


def test_the_installer_installs_a_given_wheel(installer: Installer) -> None:
    wheels = sorted((ROOT / "editors" / "vscode" / "server").glob("turnout-*.whl"))
    if not wheels:
        pytest.skip("the server's wheel is not built here")
    folder = installer.home / ".lsp4ij" / "lsp" / "turnout"
    folder.mkdir(parents=True)
    shutil.copy(wheels[0], folder)
    digest = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    (folder / "requirements.lock").write_text(f"./{wheels[0].name} --hash=sha256:{digest}\n")
    installer.environ["PIP_NO_DEPS"] = "1"  # those come from an index, which no test asks
    assert installer.run()
    program, option = shlex.split(installer.command)
    assert (program, option) == (str(folder / "venv" / "bin" / "turnout"), "--stdio")
    assert os.access(program, os.X_OK)
    packages = next((folder / "venv" / "lib").glob("python3*")) / "site-packages"
    assert (packages / "turnout" / "cli.py").is_file()


def test_the_pictures_are_drawn_from_the_files_as_they_are() -> None:
    drawing = runpy.run_path(str(TEMPLATE.parent / "draw.py"))
    kept = {path.name: path.read_text() for path in drawing["PICTURES"].glob("*.svg")}
    assert kept == drawing["pictures"](), "run editors/jetbrains/draw.py"
