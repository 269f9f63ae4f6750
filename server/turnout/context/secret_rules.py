"""How secrets look: a short curated list, and the search by it.

Every rule is tried only where one of its words stands, and looks a bounded way from there, so the
time is linear whatever the text. General scanners for random text are left out on purpose: they
take tens of milliseconds and hit ordinary code. Not promised: a password made of plain words, a
secret that is put together at run time, the rest of a private key whose first line is out of sight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

Span = tuple[int, int]


@dataclass(frozen=True)
class Rule:
    """One kind of secret: an expression tried at each of its words; group 1 is the secret."""

    name: str
    words: tuple[str, ...]
    expression: str
    random: bool = False  # a match counts only if it looks random

    def find(self, text: str, lowered: str) -> Iterator[Span]:
        """Yield where the text has such a secret; ``lowered`` is the same text in lower case."""
        for word in self.words:
            if word not in text and word not in lowered:
                continue
            yield from self._at(word, text, lowered)

    def _at(self, word: str, text: str, lowered: str) -> Iterator[Span]:
        place = lowered if self.random else text
        at = place.find(word)
        while at >= 0:
            match = self._compiled.match(text, at)
            if match:
                start, end = match.span(match.lastindex or 0)
                if not self.random or looks_random(text[start:end]):
                    yield start, end
            at = place.find(word, match.end() if match else at + len(word))

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.expression)


_START: Final = r"(?<![A-Za-z0-9])"
_END: Final = r"(?![A-Za-z0-9])"

VENDOR_RULES: Final = (
    Rule("AWS access key", ("AKIA", "ASIA"), _START + r"A(?:KIA|SIA)[A-Z2-7]{16}" + _END),
    Rule(
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        _START + r"gh[pousr]_[A-Za-z0-9]{36,255}",
    ),
    Rule("GitHub fine-grained token", ("github_pat_",), _START + r"github_pat_\w{22,255}"),
    Rule(
        "GitLab token",
        ("glpat-", "gldt-", "glrt-", "glptt-", "glcbt-"),
        _START + r"gl(?:pat|dt|rt|ptt|cbt)-[\w-]{20,255}",
    ),
    Rule(
        "Slack token",
        ("xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xapp-"),
        _START + r"x(?:ox[bpars]|app)-[A-Za-z0-9-]{10,255}",
    ),
    Rule(
        "Slack webhook",
        ("hooks.slack.com/",),
        r"hooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9+/]{24,100})",
    ),
    Rule("Anthropic key", ("sk-ant-",), _START + r"sk-ant-[\w-]{20,255}"),
    Rule(
        "OpenAI project key",
        ("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-or-"),
        _START + r"sk-(?:proj|svcacct|admin|or)-[\w-]{20,255}",
    ),
    Rule("OpenAI or DeepSeek key", ("sk-",), _START + r"sk-[A-Za-z0-9]{32,128}" + _END),
    Rule("Google API key", ("AIza",), _START + r"AIza[\w-]{35}(?![\w-])"),
    Rule("Google OAuth secret", ("GOCSPX-",), _START + r"GOCSPX-[\w-]{28}"),
    Rule("Google OAuth token", ("ya29.",), _START + r"ya29\.[\w-]{20,255}"),
    Rule(
        "Stripe key",
        ("sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"),
        _START + r"(?:[sr]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,255}",
    ),
    Rule("npm token", ("npm_",), _START + r"npm_[A-Za-z0-9]{36}" + _END),
    Rule("PyPI token", ("pypi-AgEI",), _START + r"pypi-AgEI[\w-]{50,255}"),
    Rule("Hugging Face token", ("hf_",), _START + r"hf_[A-Za-z0-9]{30,100}" + _END),
    Rule("SendGrid key", ("SG.",), _START + r"SG\.[\w-]{22}\.[\w-]{43}"),
    Rule("Twilio key", ("SK",), _START + r"SK[0-9a-f]{32}" + _END),
    Rule("Mailgun key", ("key-",), _START + r"key-[0-9a-f]{32}" + _END),
    Rule(
        "DigitalOcean token",
        ("dop_v1_", "doo_v1_", "dor_v1_"),
        _START + r"do[opr]_v1_[0-9a-f]{64}",
    ),
    Rule(
        "Shopify token",
        ("shpat_", "shpca_", "shppa_", "shpss_"),
        _START + r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    ),
    Rule(
        "Square token",
        ("sq0atp-", "sq0csp-"),
        _START + r"sq0(?:atp|csp)-[\w-]{22,43}",
    ),
    Rule("Databricks token", ("dapi",), _START + r"dapi[0-9a-f]{32}(?:-\d)?" + _END),
    Rule(
        "HashiCorp Vault token",
        ("hvs.", "hvb.", "hvr."),
        _START + r"hv[sbr]\.[\w-]{24,255}",
    ),
    Rule(
        "Terraform Cloud token",
        (".atlasv1.",),
        r"(?<=[A-Za-z0-9]{14})\.atlasv1\.([\w=-]{60,70})",
    ),
    Rule("Linear key", ("lin_api_",), _START + r"lin_api_[A-Za-z0-9]{40}"),
    Rule("Notion key", ("ntn_",), _START + r"ntn_[A-Za-z0-9]{40,60}" + _END),
    Rule("Telegram bot token", (":AA",), r"(?<=\d{8}):(AA[\w-]{33})(?![\w-])"),
    Rule("Discord webhook", ("/api/webhooks/",), r"/api/webhooks/(\d{17,20}/[\w-]{60,80})"),
    Rule("Azure storage key", ("AccountKey=",), r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    Rule("Groq key", ("gsk_",), _START + r"gsk_[A-Za-z0-9]{52}" + _END),
    Rule("xAI key", ("xai-",), _START + r"xai-[A-Za-z0-9]{70,90}" + _END),
    Rule("Replicate token", ("r8_",), _START + r"r8_[A-Za-z0-9]{37}" + _END),
    Rule("age secret key", ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    Rule(
        "JSON web token",
        ("eyJ",),
        # No start inside a run of the same characters: each run is looked at once.
        r"(?<![\w-])eyJ[\w-]{10,4000}+\.eyJ[\w-]{10,8000}+\.[\w-]{10,2000}+",
    ),
)

_NAMES: Final = (
    "passw", "passphrase", "pwd", "secret", "token", "credential", "api_key", "api-key", "apikey",
    "access_key", "access-key", "accesskey", "private_key", "private-key", "privatekey", "auth_key",
    "authkey", "signing_key", "encryption_key", "client_key", "account_key",
)  # fmt: skip

SHAPE_RULES: Final = (
    Rule(
        "password in an address",
        ("://",),
        r"""(?<=[A-Za-z0-9])://[^\s:/@"'<>{}$%]{0,100}+:([^\s:/@"'<>{}$]{3,200}+)@[A-Za-z0-9\[]""",
    ),
    Rule(
        "authorization header",
        ("bearer ", "basic "),
        r"(?i:bearer|basic) {1,4}([A-Za-z0-9+/._~-]{16,4000}+={0,2})",
        random=True,
    ),
    Rule(
        "assignment to a telling name",
        _NAMES,
        r"""[\w-]{3,50}+["'\]]{0,2}"""
        r"""(?:[ \t]{0,4}:[ \t]{0,4}[A-Za-z][\w\[\]|., ]{0,40}(?==))?"""  # a type
        r"""\s{0,4}(?::=|=>|={1,3}|!=|[:(,])\s{0,4}"""
        r"""(?:[bBrRfFuU]{0,2}["'`]{1,3}([^\s"'`\\]{8,200}+)["'`]"""
        r"""|([^\s"'`,;()\[\]{}<>$%\\]{12,200}+)(?=[ \t]{0,8}(?:[#\r\n]|\Z)))""",
        random=True,
    ),
)

_BEGIN_KEY: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END_KEY: Final = "-----END"
_KEY_BODY: Final = re.compile(r"""(?:[A-Za-z0-9+/=\s\\"',:-])*+""")

_TEMPLATE: Final = re.compile(
    r"(?i)\$\{|\{\w*\}|<[\w -]+>|%\(|%s|example|placeholder|change_?me|xxxx|your_?|dummy"
)
_SEPARATORS: Final = str.maketrans("", "", "_-./: ")


def find_secrets(text: str) -> list[Span]:
    """Return where the secrets of a text are, in order and without overlaps."""
    lowered = text.lower()
    if len(lowered) != len(text):  # "İ" grows in lower case
        lowered = "".join(char.lower() if char.isascii() else char for char in text)
    spans = list(_private_keys(text))
    for rule in (*VENDOR_RULES, *SHAPE_RULES):
        spans.extend(rule.find(text, lowered))
    return merged(spans)


def looks_random(text: str) -> bool:
    """Whether a literal looks like chance rather than like words; needs eight characters."""
    if _TEMPLATE.search(text):
        return False
    plain = text.translate(_SEPARATORS)
    if len(plain) < 8:
        return False
    kinds = [_kind(char) for char in plain]
    changes = sum(a != b for a, b in pairwise(kinds)) / len(plain)
    digits = kinds.count("digit")
    if digits >= 2 and len(plain) >= 16:
        return changes >= 0.15
    return changes >= (0.25 if digits else 0.35)


def _kind(char: str) -> str:
    if char.isdigit():
        return "digit"
    if char.isalpha():
        return "upper" if char.isupper() else "lower"
    return "other"


def _private_keys(text: str) -> Iterator[Span]:
    """Yield the bodies of private keys; one without its last line goes on as long as it may."""
    at = text.find("-----BEGIN ")
    while at >= 0:
        head = _BEGIN_KEY.match(text, at)
        start = head.end() if head else at + 11
        if head:
            end = text.find(_END_KEY, start)
            cut = text.find("-----BEGIN ", start)
            if end < 0 or 0 <= cut < end:
                body = _KEY_BODY.match(text, start)
                end = body.end() if body else start
            if end > start:
                yield start, end
            start = max(start, end)
        at = text.find("-----BEGIN ", start)


def merged(spans: list[Span]) -> list[Span]:
    """Return the spans in order, those that overlap as one."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], end))
        else:
            apart.append((start, end))
    return apart
