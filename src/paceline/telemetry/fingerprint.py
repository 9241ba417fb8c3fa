"""Placeholder until the tokeniser lands."""

from __future__ import annotations
import hashlib, re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fingerprint:
    id: str
    text: str


_L = re.compile(r"'(?:[^']|'')*'|\$\d+|\b\d+\b")


def normalise(sql: str, *, max_chars: int = 16384) -> str:
    return " ".join(_L.sub("?", sql[:max_chars]).lower().split())


def fingerprint(sql: str) -> Fingerprint:
    text = normalise(sql)
    return Fingerprint(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest(), text[:4096])
