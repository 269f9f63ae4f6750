"""What never leaves the machine."""

from __future__ import annotations

import os
import subprocess
import time
import unicodedata
from pathlib import Path

import pytest

from turnout.context.exclude import Exclusion
from turnout.context.secret_files import SECRET_FILES


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def write(root: Path, *paths: str, text: str = "x") -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


# One hundred files of every kind that must not leave: (path, how it comes to be excluded).
SECRET_NAMES = """
.env .env.local .env.production .ENV .Env.Staging prod.env .envrc .flaskenv .dev.vars app/.env
server.pem SERVER.PEM tls/private.key cert.p12 cert.pfx AuthKey_1.p8 putty.ppk app.jks
app.keystore vault.kdbx backup.gpg secring.gpg id_rsa id_rsa.bak ID_RSA id_ed25519 deploy_rsa
id_ecdsa.old vpn.ovpn credentials credentials.json Credentials.JSON credentials.toml
gcp-credentials.json auth.json client_secret_1.json service-account.json my-service-account.json
firebase-adminsdk-x.json secrets.yml secrets.json Secrets.YAML secrets.toml secrets.py
secret.yaml db.secret passwords.txt .netrc _netrc .npmrc .pypirc .pgpass .my.cnf .htpasswd
.git-credentials .dockercfg .docker/config.json .s3cfg .boto kubeconfig dev.kubeconfig
.terraformrc rclone.conf sftp-config.json .vault-token terraform.tfstate
terraform.tfstate.backup prod.tfvars prod.auto.tfvars .bash_history .psql_history .aws/config
.aws/credentials .ssh/config .SSH/known_hosts .kube/config .gnupg/pubring.kbx
.azure/azureProfile.json .git/config .git/hooks/x sub/.git/HEAD .config/gcloud/x.db
.config/gh/hosts.yml .cargo/credentials.toml .password-store/a/b .secrets/x
""".split()  # noqa: SIM905 - easier to read
IGNORED_NAMES = [
    "build/out.js",
    "BUILD/out.js",
    "app.log",
    "pkg/notes.tmp",
    "pkg/deep/x.gen.py",
    "model/weights.bin",
    "internal/plan.md",
    "local/only.py",
]
OWN_NAMES = ["customers/a.csv", "Customers/b.csv", "x/dump.sql", "deep/customers/c.py"]


def test_a_hundred_files_of_every_kind(root: Path, tmp_path: Path) -> None:
    write(root, *[n for n in (*SECRET_NAMES, *IGNORED_NAMES, *OWN_NAMES) if ".git/" not in n])
    (root / ".gitignore").write_text("build/\n*.log\n")
    (root / "pkg" / ".gitignore").write_text("*.tmp\n/deep/*.gen.py\n")
    (root / ".aiignore").write_text("model/\n/internal\n")
    (root / ".git" / "info" / "exclude").write_text("local/\n")
    write(tmp_path, "outside/plain.py")
    links = {
        "link.txt": root / ".env",
        "link_out.py": tmp_path / "outside" / "plain.py",
        "folder_out": tmp_path / "outside",
        "link_ignored": root / "build" / "out.js",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    names = [
        *SECRET_NAMES,
        *IGNORED_NAMES,
        *OWN_NAMES,
        *links,
        "folder_out/plain.py",
        "src/../.env",
        "src/../build/out.js",
        "caf\u00e9.key",
    ]
    assert len(names) >= 100
    exclusion = Exclusion([root], ["customers/", "*.sql"])
    allowed = [name for name in names if exclusion.check(f"{root}/{name}") is None]
    assert allowed == []


def test_ordinary_files_are_allowed(root: Path) -> None:
    (root / ".gitignore").write_text("*.log\n!keep.log\nbuild/\n")
    names = [
        "src/main.py",
        "keep.log",
        "src/keys.py",
        "token.py",
        "environment.ts",
        "secret.py",
        "credentials.py",
        "docs/env.md",
        "builder/x.py",
        "Makefile",
        "key.rs",
        "config.json",
        "client_secret.go",
        "kubeconfig.go",
        ".github/workflows/ci.yml",
        ".gitignore",
    ]
    write(root, *names[:1], *names[2:-1])
    exclusion = Exclusion([root], [])
    assert [n for n in names if exclusion.check(str(root / n))] == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (".env.local", "`*.env.local` is on the built-in list of secret files"),
        ("sub/.ssh/config", "`.ssh` is on the built-in list of secret files"),
        ("build/x/y.py", "{root}/.gitignore names `build/`"),
        ("pkg/a.tmp", "{root}/pkg/.aiignore names `*.tmp`"),
        ("data/a.csv", "`exclude` in the settings names `data/**`"),
        ("link.py", "it is a link to {root}/build/a.py: {root}/.gitignore names `build/`"),
        ("out.py", "it is a link to {root.parent}/out.py, outside the workspace"),
    ],
)
def test_the_reason_names_the_file_and_the_pattern(root: Path, path: str, reason: str) -> None:
    write(root, "pkg/a.tmp", "build/a.py", "../out.py")
    (root / ".gitignore").write_text("build/\n")
    (root / "pkg" / ".aiignore").write_text("*.tmp\n")
    (root / "link.py").symlink_to(root / "build" / "a.py")
    (root / "out.py").symlink_to(root.parent / "out.py")
    exclusion = Exclusion([root], ["data/**"])
    assert exclusion.check(str(root / path)) == reason.format(root=root)


def test_ignore_files_at_every_level_as_git_judges(root: Path) -> None:
    (root / ".gitignore").write_text("*.a\n!keep.a\n/top\nout/\n")
    write(root, "sub/x", "sub/deep/x")
    (root / "sub" / ".gitignore").write_text("!again.a\n*.b\n/here\n")
    (root / "sub" / "deep" / ".gitignore").write_text("!back.b\nkeep.a\n")
    names = [
        "x.a",
        "keep.a",
        "top",
        "sub/top",
        "out/x",
        "sub/out/keep.a",
        "sub/again.a",
        "sub/x.a",
        "sub/x.b",
        "x.b",
        "sub/here",
        "sub/deep/here",
        "sub/deep/back.b",
        "sub/deep/x.b",
        "sub/deep/keep.a",
        "sub/deep/again.a",
        "plain.py",
    ]
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", *names],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    exclusion = Exclusion([root], [])
    ours = [name for name in names if exclusion.check(str(root / name))]
    assert ours == done.stdout.split()


def test_the_repository_above_a_workspace_folder_counts(root: Path) -> None:
    (root / ".gitignore").write_text("*.gen\n")
    write(root, "app/x.gen", "app/x.py")
    exclusion = Exclusion([root / "app"], [])
    assert exclusion.check(str(root / "app" / "x.gen"))
    assert exclusion.check(str(root / "app" / "x.py")) is None


def test_a_repository_within_an_ignored_folder_stands_for_itself(root: Path) -> None:
    (root / ".gitignore").write_text("vendor/\n")
    inner = root / "vendor" / "lib"
    inner.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    write(inner, "a.py")
    assert Exclusion([inner], []).check(str(inner / "a.py")) is None
    assert Exclusion([root], []).check(str(inner / "a.py"))


def test_a_home_kept_in_git_does_not_ignore_everything(home: Path) -> None:
    (home / ".gitignore").write_text("*\n")
    write(home, "work/a.py")
    assert Exclusion([home / "work"], []).check(str(home / "work" / "a.py")) is None


def test_the_user_takes_back_what_is_built_in_and_nothing_else(root: Path) -> None:
    (root / ".gitignore").write_text(".env.ignored\n")
    exclusion = Exclusion([root], ["!.env.*", "!.aws/", "*.x", "!keep.x"])
    assert exclusion.check(str(root / ".env.example")) is None
    assert exclusion.check(str(root / ".aws" / "config")) is None
    assert exclusion.check(str(root / "keep.x")) is None
    assert exclusion.check(str(root / ".env.ignored"))
    assert exclusion.check(str(root / "prod.env"))


def test_aiignore_cannot_take_back_gitignore(root: Path) -> None:
    (root / ".gitignore").write_text("dist/\nx.py\n")
    (root / ".aiignore").write_text("!dist/\n!x.py\n!.env\n")
    exclusion = Exclusion([root], [])
    assert all(exclusion.check(str(root / name)) for name in ("dist/a.js", "x.py", ".env"))


def test_outside_every_workspace(root: Path, tmp_path: Path) -> None:
    write(tmp_path, "other/a.py", "other/.env", "other/x.sql")
    exclusion = Exclusion([root], ["*.sql"])
    assert exclusion.check(str(tmp_path / "other" / "a.py")) is None
    assert exclusion.check(str(tmp_path / "other" / ".env"))
    assert exclusion.check(str(tmp_path / "other" / "x.sql"))
    assert exclusion.check("/etc/shadow")


def test_a_workspace_behind_a_link_is_inside(root: Path, tmp_path: Path) -> None:
    write(root, "a.py", "b.log")
    (root / ".gitignore").write_text("*.log\n")
    (tmp_path / "link").symlink_to(root)
    for folder in (root, tmp_path / "link"):
        exclusion = Exclusion([folder], [])
        for spelled in (root, tmp_path / "link"):
            assert exclusion.check(str(spelled / "a.py")) is None
            assert exclusion.check(str(spelled / "b.log"))


def test_either_unicode_form_of_a_name(root: Path) -> None:
    name = unicodedata.normalize("NFC", "caf\u00e9")
    (root / ".gitignore").write_text(f"{unicodedata.normalize('NFD', name)}/\n", encoding="utf-8")
    exclusion = Exclusion([root], [])
    for form in ("NFC", "NFD"):
        assert exclusion.check(f"{root}/{unicodedata.normalize(form, name)}/a.py")


def test_what_cannot_be_looked_up_is_excluded(root: Path) -> None:
    exclusion = Exclusion([root], [])
    for path in (f"{root}/a\0b", f"{root}/\ud800.py", "/" + "a/" * 5_000):
        assert exclusion.check(path) == "it cannot be looked up"
    (root / "big").mkdir()
    (root / "big" / ".gitignore").write_text("x\n" * 200_000)
    assert "too large" in str(exclusion.check(str(root / "big" / "a.py")))


def test_odd_things_in_place_of_an_ignore_file(root: Path) -> None:
    (root / ".gitignore").mkdir()
    os.mkfifo(root / ".aiignore")
    assert Exclusion([root], []).check(str(root / "a.py")) is None


@pytest.mark.parametrize(
    "uri",
    [
        "file://{}/.env",
        "git:{}/.env?%7B%22ref%22%3A%22HEAD%22%7D",
        "untitled:.env",
        "file://{}/%2eenv",
        "vscode-remote://ssh-remote%2Bbox{}/.env",
        "untitled:{}/.env",
        "file://host{}/.env",
    ],
)
def test_documents_of_any_scheme(root: Path, uri: str) -> None:
    assert Exclusion([root], []).check_uri(uri.format(root))
    assert Exclusion([root], []).check_uri(uri.format(root).replace("env", "py")) is None


def test_a_changed_ignore_file_counts_within_a_second(root: Path) -> None:
    clock = Clock()
    exclusion = Exclusion([root], [], clock)
    path = str(root / "a" / "b.py")
    write(root, "a/b.py")
    assert exclusion.check(path) is None
    (root / "a" / ".aiignore").write_text("*.py\n")
    clock.now += 1.1
    assert exclusion.check(path)
    (root / "a" / ".aiignore").unlink()
    assert exclusion.check(path), "an answer stands for a second"
    exclusion.forget()
    assert exclusion.check(path) is None


def test_a_file_that_becomes_a_link_is_looked_at_again(root: Path) -> None:
    clock = Clock()
    exclusion = Exclusion([root], [], clock)
    write(root, "a.py", ".env")
    assert exclusion.check(str(root / "a.py")) is None
    (root / "a.py").unlink()
    (root / "a.py").symlink_to(root / ".env")
    clock.now += 1.1
    assert exclusion.check(str(root / "a.py"))


def test_fast_enough_for_every_key(root: Path) -> None:
    (root / ".gitignore").write_text("*.pyc\nbuild/\n[Dd]ist/\n**/x/*.y\n" * 40)
    write(root, "a/b/c/d.py")
    path = str(root / "a" / "b" / "c" / "d.py")
    start = time.process_time()
    exclusion = Exclusion([root], ["private/**"])
    exclusion.check(path)
    first = time.process_time() - start
    start = time.process_time()
    for _ in range(1_000):
        exclusion.check(path)
    warm = (time.process_time() - start) / 1_000
    print(f"first {first * 1e3:.1f} ms, warm {warm * 1e6:.1f} us")
    assert first < 5
    assert warm < 2e-3


def test_the_list_has_no_pattern_that_cannot_match() -> None:
    from turnout.settings.patterns import parse

    assert [text for text in SECRET_FILES if parse(text) is None] == []
