"""Secrets are taken out of what is sent, and put back into what comes."""

from __future__ import annotations

import random
import re
import string
import sysconfig
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from turnout.context.redact import Redactor, Restorer, contains_secret
from turnout.context.secret_rules import VENDOR_RULES, find_secrets

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
WORD = ALNUM + "_-"
BASE64 = ALNUM + "+/"


def text_of(alphabet: str, length: int) -> Callable[[random.Random], str]:
    return lambda rng: "".join(rng.choices(alphabet, k=length))


def after(prefix: str, alphabet: str, length: int) -> Callable[[random.Random], str]:
    rest = text_of(alphabet, length)
    return lambda rng: prefix + rest(rng)


# Thirty kinds of secret, as their makers write them.
KINDS: dict[str, Callable[[random.Random], str]] = {
    "aws": after("AKIA", string.ascii_uppercase + "234567", 16),
    "github": after("ghp_", ALNUM, 36),
    "github fine": after("github_pat_", ALNUM + "_", 82),
    "gitlab": after("glpat-", WORD, 20),
    "slack": lambda rng: (
        f"xoxb-{rng.randrange(10**11)}-{rng.randrange(10**11)}-" + text_of(ALNUM, 24)(rng)
    ),
    "anthropic": after("sk-ant-api03-", WORD, 95),
    "openai project": after("sk-proj-", WORD, 120),
    "openai": after("sk-", ALNUM, 48),
    "deepseek": after("sk-", HEX, 32),
    "openrouter": after("sk-or-v1-", HEX, 64),
    "google": after("AIza", WORD, 35),
    "google oauth": after("GOCSPX-", WORD, 28),
    "stripe": after("sk_live_", ALNUM, 24),
    "npm": after("npm_", ALNUM, 36),
    "pypi": after("pypi-AgEIcHlwaS5vcmc", WORD, 120),
    "hugging face": after("hf_", string.ascii_letters, 34),
    "sendgrid": lambda rng: f"SG.{text_of(WORD, 22)(rng)}.{text_of(WORD, 43)(rng)}",
    "twilio": after("SK", HEX, 32),
    "digitalocean": after("dop_v1_", HEX, 64),
    "shopify": after("shpat_", HEX, 32),
    "databricks": after("dapi", HEX, 32),
    "vault": after("hvs.", WORD, 90),
    "linear": after("lin_api_", ALNUM, 40),
    "telegram": lambda rng: f"{rng.randrange(10**8, 10**10)}:AA{text_of(WORD, 33)(rng)}",
    "azure": lambda rng: f"AccountKey={text_of(BASE64, 86)(rng)}==",
    "groq": after("gsk_", ALNUM, 52),
    "replicate": after("r8_", ALNUM, 37),
    "jwt": lambda rng: (
        f"eyJ{text_of(WORD, 30)(rng)}.eyJ{text_of(WORD, 90)(rng)}." + text_of(WORD, 43)(rng)
    ),
    "private key": lambda rng: (
        "-----BEGIN RSA PRIVATE KEY-----\n"
        + "\n".join(text_of(BASE64, 64)(rng) for _ in range(8))
        + "\n-----END RSA PRIVATE KEY-----"
    ),
    "address": lambda rng: f"postgres://app:{text_of(ALNUM + '!*._-', 16)(rng)}@db.example.com/x",
}
CONTEXTS = (
    'client = Client(api="{}")\n',
    "{}",
    "export VALUE={}\n",
    '{{"a": 1, "value": "{}", "b": [2]}}',
    "# see {} for the rest\nx = 1\n",
)


def core(secret: str) -> str:
    """The part of a secret that must be gone."""
    if secret.startswith("-----"):
        return secret.split("\n")[4]
    if "://" in secret:
        return secret.partition("app:")[2].partition("@")[0]
    return secret.partition("AccountKey=")[2] or secret.rpartition(":")[2]


def test_fifteen_hundred_secrets_in_five_contexts(seed: int) -> None:
    rng = random.Random(seed)
    missed: Counter[str] = Counter()
    for kind, make in KINDS.items():
        for _ in range(50):
            secret = make(rng)
            for context in CONTEXTS:
                redactor = Redactor()
                text = context.format(secret)
                redacted = redactor.redact(text)
                missed[kind] += core(secret) in redacted
                assert redactor.restore(redacted) == text
    assert len(KINDS) == 30
    assert missed.total() <= 0.01 * 50 * len(KINDS) * len(CONTEXTS), missed


@pytest.mark.parametrize(
    "template",
    [
        'password = "{}"',
        "DB_PASSWORD={}\n",
        'api_key: "{}"',
        "  token: {}\n",
        '"client_secret": "{}",',
        "const authKey: string = '{}'",
        'os.environ["SECRET_KEY"] = "{}"',
        'set_password("{}")',
        "Authorization: Bearer {}\n",
        'x-api-key = "{}"',
        'PASSWORD: Final = "{}"',
        'if token == "{}":',
    ],
)
@pytest.mark.parametrize("alphabet", [ALNUM, HEX, string.ascii_lowercase + string.digits])
def test_a_random_literal_with_a_telling_name(seed: int, template: str, alphabet: str) -> None:
    rng = random.Random(seed)
    found = 0
    for _ in range(100):
        secret = text_of(alphabet, rng.choice([20, 32, 40]))(rng)
        found += secret not in Redactor().redact(template.format(secret))
    assert found >= 92


@pytest.mark.parametrize(
    "text",
    [
        "password = getpass.getpass()",
        "token = self.token_value",
        'token_type = "access_token"',
        'password = "${DB_PASSWORD}"',
        "secret = os.environ['SECRET']",
        'api_key = "your-api-key-123"',
        'password: "<password>"',
        "def check_password(password: str) -> bool:",
        "sk-learn",
        "key-value",
        'AUTH_KEY_HEADER = "X-Auth-Token"',
        "https://example.com:8080/a@b",
        "ssh://git@github.com/x",
        "tokens = tokenize(text, encoding)",
        "-----BEGIN PUBLIC KEY-----",
        "SKIP",
        "eyJ",
        "xoxb-",
    ],
)
def test_ordinary_code_stays(text: str) -> None:
    assert find_secrets(text) == []


def test_false_positives_over_the_standard_library() -> None:
    """100,000 lines without tests: none by a vendor's rule, five at most by the others."""
    library = Path(sysconfig.get_path("stdlib"))
    lines, by_vendor, others = 0, 0, 0
    for file in sorted(library.rglob("*.py")):
        if {"site-packages", "test", "tests", "idlelib"} & set(file.parts):
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        lines += text.count("\n")
        vendor = [span for rule in VENDOR_RULES for span in rule.find(text, text.lower())]
        by_vendor += len(vendor)
        others += len(find_secrets(text)) - len(vendor)
        if lines > 100_000:
            break
    print(f"{lines} lines: {by_vendor} by vendor rules, {others} by others")
    assert lines > 100_000
    assert by_vendor == 0
    assert others <= 5


def soup(rng: random.Random) -> str:
    """A text of code, secrets, things like placeholders, and odd characters."""
    pieces: list[Callable[[], str]] = [
        lambda: rng.choice(list(KINDS.values()))(rng),
        lambda: f"TURNOUT_SECRET_{text_of(HEX, rng.choice([11, 12, 13]))(rng)}",
        lambda: "TURNOUT_SECRET_"[: rng.randrange(16)],
        lambda: Redactor().redact(KINDS["github"](rng)),
        lambda: f'password = "{text_of(ALNUM, 20)(rng)}"\n',
        lambda: text_of("ab \n\t\"'=:(){}\u0130\u2028\ud800\U0001f600", rng.randrange(20))(rng),
    ]
    return "".join(rng.choice(pieces)() for _ in range(rng.randrange(8)))


def test_restoring_gives_the_very_text_back(seed: int) -> None:
    rng = random.Random(seed)
    replaced = 0
    for _ in range(10_000):
        redactor = Redactor()
        texts = [soup(rng) for _ in range(rng.choice([1, 1, 2]))]
        redacted = [redactor.redact(text) for text in texts]
        assert [redactor.restore(text) for text in redacted] == texts
        assert not any(redactor.is_damaged(text) for text in redacted)
        replaced += redactor.count > 0
    assert replaced > 5_000


def test_restoring_a_stream_however_it_is_split(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(3_000):
        redactor, text = Redactor(), soup(rng)
        redacted = redactor.redact(text)
        restorer, out, at = Restorer(redactor), "", 0
        while at < len(redacted):
            step = rng.choice([1, 2, 5, 40])
            out += restorer.feed(redacted[at : at + step])
            at += step
        out += restorer.finish()
        assert out == text or (restorer.damaged and re.search("TURNOUT_(S.*)?$", redacted))


def test_the_same_secret_has_the_same_placeholder() -> None:
    secret = KINDS["github"](random.Random(1))
    redactor = Redactor()
    first, second = redactor.redact(f"a={secret}"), redactor.redact(f"b = {secret}; c = {secret}")
    assert second == f"b = {first[2:]}; c = {first[2:]}"
    assert redactor.count == 1
    assert Redactor().redact(f"a={secret}") == first, "so that providers' prompt caches hit"


def test_a_secret_across_the_cursor() -> None:
    secret = KINDS["github"](random.Random(1))
    for cut in range(len(secret) + 1):
        redactor = Redactor()
        before, after = redactor.redact_around(f'x = "{secret[:cut]}', f'{secret[cut:]}"\n')
        assert (redactor.restore(before), redactor.restore(after)) == (
            f'x = "{secret[:cut]}',
            f'{secret[cut:]}"\n',
        )
        assert not any(secret[at : at + 8] in before + after for at in range(4, len(secret) - 8))


@pytest.mark.parametrize("change", [str.lower, lambda p: p[:-1], lambda p: p[:-1] + "x", str.title])
def test_a_placeholder_never_reaches_the_buffer(change: Callable[[str], str]) -> None:
    redactor = Redactor()
    placeholder = redactor.redact(KINDS["github"](random.Random(1)))
    for step in (1, 7, 100):
        restorer, text = Restorer(redactor), f"x = {change(placeholder)}"
        for at in range(0, len(text), step):
            restorer.feed(text[at : at + step])
        restorer.finish()
        assert restorer.damaged


def test_a_stream_that_ends_within_a_placeholder() -> None:
    redactor = Redactor()
    placeholder = redactor.redact(KINDS["github"](random.Random(1)))
    for end in range(1, len(placeholder)):
        restorer = Restorer(redactor)
        out = restorer.feed(f"x = {placeholder[:end]}") + restorer.finish()
        assert restorer.damaged == (end >= len("TURNOUT_"))
        assert "TURNOUT_" not in out


def test_without_secrets_text_passes_at_once() -> None:
    restorer = Restorer(Redactor())
    assert restorer.feed("x: T") == "x: T"
    assert not restorer.damaged


def test_a_placeholder_tells_nothing() -> None:
    redactor = Redactor()
    secret = KINDS["github"](random.Random(1))
    redacted = redactor.redact(f'token = "{secret}"')
    assert re.fullmatch(r'token = "TURNOUT_SECRET_[0-9a-f]{12}"', redacted)
    assert secret not in repr(redactor)


ADVERSARIAL = (
    *(
        "a",
        "token",
        "password=",
        "secret: ",
        'api_key="',
        "eyJ",
        "eyJa-",
        "eyJaaaaaaaaaaaa.eyJ",
        "sk-",
    ),
    *(
        "sk-ant-",
        "://",
        "://a:",
        "://a:bbb@ ",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "bearer ",
    ),
    *(
        "-----BEGIN PRIVATE KEY-----\n-----END",
        "AKIA",
        "token: a",
        "token : str",
        "SK",
        "key-",
        "T",
    ),
    *("://" + "a" * 99 + ":", "TURNOUT_SECRET_", 'token"]:', "token='aaaaaaa1", "ghp_", "\u0130"),
    *("x-token=abcdefgh1234 ", "token          = ", ".atlasv1.", "11111111:AA", "TURNOUT_SECRET_0"),
)


@pytest.mark.parametrize("piece", ADVERSARIAL)
def test_no_text_keeps_it_busy(piece: str) -> None:
    """20 KB of the worst text take 10 ms in quiet; a rule that backtracks takes seconds."""
    text = (piece * 20_000)[:20_000]
    best = min(_time(text) for _ in range(3))
    print(f"{best * 1e3:.1f} ms")
    assert best < 0.4


def _time(text: str) -> float:
    start = time.process_time()
    Redactor().redact(text)
    return time.process_time() - start


def test_contains_secret() -> None:
    assert contains_secret(f"x = '{KINDS['openai'](random.Random(1))}'")
    assert not contains_secret("def main() -> None:\n    return None\n")
