"""What is taken out of a log line before anybody keeps it. A short list of what is obvious: it is no promise that nothing is left,
which is why log lines go into the evidence page alone and never into a message.

    private keys                        -----BEGIN ... PRIVATE KEY----- and what follows
    credentials in a URL                scheme://name:password@
    authorization                       Bearer, Basic and the like, with what follows
    values of telling names             password, passwd, pwd, secret, token, api key, access key, session, cookie, credential
    AWS access key ids                  AKIA..., ASIA...
    JSON Web Tokens                     eyJ....eyJ...
    e-mail addresses
    IP addresses                        version 4, and version 6 with at least three groups
    long numbers                        of 12 digits and more (cards, accounts)
    long words of letters and digits    of 32 and more (hashes, keys); a UUID stays, as most of them name requests
"""

from __future__ import annotations

import re

from functions.core.incident.review.words import line

_READ, _KEPT = 4000, 500
_NAMES = r"pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|session(?:[_-]?id)?|cookie|credentials?"
_UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s,;&"']+)"""
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*", re.S), "[private key]"),
    (re.compile(r"(://)[^\s/@:]{1,200}:[^\s/@]{1,200}@"), r"\1[credentials]@"),
    (re.compile(r"\b(authorization\W{1,4})\S+(?: [^\s,;\"']+)?", re.I), r"\1[secret]"),
    (re.compile(r"\b(bearer|basic) [A-Za-z0-9._~+/=-]{6,}", re.I), r"\1 [secret]"),
    (re.compile(rf"([\w-]{{0,40}}(?:{_NAMES})[\w-]{{0,40}}[\"']?\s{{0,3}}(?:=>|[=:])\s{{0,3}}){_VALUE}", re.I), r"\1[secret]"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"), "[access key]"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"), "[token]"),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "[e-mail]"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"), "[address]"),
    (re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}(?![\w:])(?<!\d\d:\d\d:\d\d)", re.I), "[address]"),
    (re.compile(r"\b\d(?:[ -]?\d){11,}\b"), "[number]"),
    (re.compile(rf"\b(?!{_UUID}\b)(?=[A-Za-z0-9+/_-]*\d)[A-Za-z0-9+/_-]{{32,}}={{0,2}}"), "[secret]"),
)  # fmt: skip


def masked(text: str) -> str:
    """One line of at most 500 characters. What stands beyond the first 4,000 is not looked at and not kept."""
    said = text[:_READ]
    for pattern, instead in _PATTERNS:
        said = pattern.sub(instead, said)
    return line(said, _KEPT)
