"""Currencies by name and by code, and which of two is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

CODES = {
    "USD": "us dollar|us dollars|american dollars|dollar|dollars|buck|bucks|usd",
    "EUR": "euro|euros|eur",
    "GBP": "pound sterling|british pounds|british pound|pound|pounds|sterling|quid|gbp",
    "JPY": "japanese yen|yen|jpy",
    "CHF": "swiss francs|swiss franc|franc|francs|chf",
    "CNY": "chinese yuan|yuan|renminbi|cny",
    "INR": "indian rupees|rupee|rupees|inr",
    "RUB": "ruble|rubles|rouble|roubles|rub",
    "SEK": "swedish kronor|swedish krona|krona|kronor|sek",
    "NOK": "norwegian kroner|norwegian krone|nok",
    "DKK": "danish kroner|danish krone|krone|kroner|dkk",
    "PLN": "polish zloty|zloty|zlotys|pln",
    "CZK": "czech crowns|czech koruna|koruna|crowns|czk",
    "HUF": "forint|forints|huf",
    "KRW": "korean won|won|krw",
    "MXN": "mexican pesos|peso|pesos|mxn",
    "BRL": "brazilian reais|reais|brl",
    "TRY": "turkish lira|lira|liras",
    "CAD": "canadian dollars|canadian dollar|cad",
    "AUD": "australian dollars|australian dollar|aud",
    "NZD": "new zealand dollars|new zealand dollar|nzd",
    "SGD": "singapore dollars|singapore dollar|sgd",
    "HKD": "hong kong dollars|hong kong dollar|hkd",
    "ZAR": "south african rand|rand|zar",
    "ILS": "shekel|shekels|ils",
    "THB": "baht|thb",
}
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_CODE_OF = {name: code for code, names in CODES.items() for name in names.split("|")}
_NAME = re.compile(
    rf"\b(?:{'|'.join(sorted(_CODE_OF, key=len, reverse=True))})\b|[$€£¥]",
    re.IGNORECASE,
)
_WANTS_CODE = re.compile(r"\bISO\b|\bcodes?\b|\b[A-Z]{3}\b")
_INTO = re.compile(r"\b(?:in|into|to|how many|how much)\s+$", re.IGNORECASE)
_COUNTED = re.compile(r"(?:[\d\x00]|\b(?:an?|one|ten|hundred|thousand|million|[a-z]+ty|[a-z]+teen|two|three|four|five"
                      r"|six"
                      r"|seven|eight|nine|eleven|twelve))[ -]*$", re.IGNORECASE)  # fmt: skip


def is_currency(name: str, described: str) -> bool:
    """Text that is a currency, also where the parameter is merely called "from"."""
    return bool(re.search(r"\bISO 4217\b|\bcurrency\b", described, re.IGNORECASE)) or "currency" in name.lower()


def mentioned(text: str) -> list[tuple[str, int, int, float]]:
    """Code, place, and which way: positive after "to" and "how many", negative beside a number."""
    out = []
    for found in _NAME.finditer(text):
        code = _SIGNS.get(found[0]) or _CODE_OF[found[0].lower()]
        before = text[: found.start()]
        toward = 2.0 if _INTO.search(before) else -2.0 if _COUNTED.search(before) or found[0] in _SIGNS else 0.0
        toward = -3.0 if re.search(r"\bfrom\s+$", before, re.IGNORECASE) else toward
        out.append((code, found.start(), found.end(), toward))
    return out


def currency_in(text: str, role: str, schema: Mapping[str, Any], taken: frozenset[str] = frozenset()) -> str | None:
    """The currency for that role that is not taken, as a code where the description speaks of codes."""
    found = [one for one in mentioned(text) if one[0] not in taken]
    if role == "from":
        found = sorted((one for one in found if one[3] <= 0), key=lambda one: one[3])
    elif role == "to":
        found = sorted((one for one in found if one[3] >= 0), key=lambda one: -one[3])
    if not found:
        return None
    code, start, end, _ = found[0]
    return code if _WANTS_CODE.search(str(schema.get("description", ""))) else text[start:end]
