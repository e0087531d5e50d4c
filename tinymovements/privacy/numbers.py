"""Finds numbers that reach or identify a person: phones, Finnish and Swedish identity numbers, bank accounts."""

import datetime
import re
from collections.abc import Iterator

import phonenumbers
from stdnum import iban, luhn

Span = tuple[int, int]

_REGIONS = ("FI", "SE", "GB", "IE")
_DASH = r"\-\u2010-\u2015\u2212"
_SPACE = " \t\u00a0\u2000-\u200a\u202f"

_ALONE = r"(?<![\w-])(?<!\(0\))(?<!\+\d\d\s)(?<!\+\d\d\d\s)(?<!\b00\d\d\s)(?<!\b00\d\d\d\s)"
"""Not inside of a longer word or number, nor after a country's calling code."""
_HETU = re.compile(
    rf"{_ALONE}([0-3]\d)([01]\d)(\d\d)(?:[{_SPACE}]?[+{_DASH}][{_SPACE}]?|[A-FU-Y])\d{{3}}[0-9A-FHJ-NPR-Y](?!\w)", re.IGNORECASE
)
_PERSONNUMMER = re.compile(
    rf"{_ALONE}((?:18|19|20)[{_SPACE}]?)?(\d\d)(-?)([01]\d)\3(\d\d)([{_SPACE}]?[+{_DASH}][{_SPACE}]?|[{_SPACE}])?(\d{{4}})(?![\w-])"
)
_SAMORDNING = 60
"""Added to the day in a samordningsnummer."""

_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?=[\s-]?[A-Z0-9]{4})", re.IGNORECASE)
_ACCOUNT = re.compile(rf"(?:[A-Z0-9]{{1,4}}[{_SPACE}-]?){{4,12}}", re.IGNORECASE)
_ACCOUNT_LENGTH = {"FI": 18, "SE": 24, "GB": 22, "IE": 22, "EE": 20, "NO": 15, "DK": 18, "DE": 22}

_DIGITS = re.compile(
    rf"(?:(?<![\w€$£])(?<!\d[.,:/{_DASH}])|(?<=puh)|(?<=tel)|(?<=gsm)|(?<=tfn))"
    rf"(?:\+[{_SPACE}]?)?\(?\+?\d[\d{_SPACE}()/.{_DASH}]*\d(?!\d)",
    re.IGNORECASE,
)
_MOST_GROUPS, _LONGEST = 8, 30
"""Of a phone, in groups of digits and in characters."""
_SEEN_BEFORE = 32
_GOES_ON = re.compile(rf"(?:[{_SPACE}{_DASH}]?\d{{3,4}})+")
"""What still belongs to a phone, though less of it were one, too."""
_GROUP = re.compile(rf"[^{_SPACE}]+")
_SEVERAL = re.compile(r"(?<=\d\d)\s?/\s?(?=\(?(?:\+|0\d))")
_CUE = re.compile(
    r"(?<!\w)(?:p|puh(?:elin(?:numero)?)?|puhnro|gsm|numero(?:on|ni|sta|ssa)?|nro|soit(?:a|to|taa|tele|akaa)\w*|tekst(?:aa|ari)\w*|tel(?:efon)?|"
    r"tfn|mobil|ring|ringa|nummer|numret|sms(?:a|:a)?|call|phone|mob(?:ile)?|text|number|whatsapp\w*|wa)[\s.:=]{0,3}(?:on\s)?$",
    re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(
    r"(?<!\w)(?:reg(?:istered|istration)?\.?|company|charity|org\.?|cas|isbn|issn|diaari\w*|viite\w*|asia\w*|lasku\w*|tilaus\w*|order|ref(?:erence)?)"
    r"[\s.-]*(?:no|nr|nro|number|numero|nummer)?[\s.:-]*$|(?<!\w)(?:cas-numero|viite\w*|isbn|issn)[\s.:-]*$",
    re.IGNORECASE,
)
_YEAR = r"(?:19|20)\d\d"
_NO_PHONE = re.compile(
    rf"""\d{{7}}-\d                                                 # a company's id (Y-tunnus)
    |\d{{2,7}}-\d\d-\d                                              # a chemical's (CAS)
    |.*(?<!\d)\d{{1,2}}[./]\s?\d{{1,2}}[./]\s?(?:{_YEAR}|\d\d)(?!\d).*  # a date, as it is written here
    |.*(?<!\d){_YEAR}[{_DASH}./]\d{{1,2}}[{_DASH}./]\d{{1,2}}(?!\d).*   # and in ISO
    |.*(?<!\d)\d{{1,2}}[{_DASH}]\d{{1,2}}[{_DASH}]{_YEAR}(?!\d).*
    |.*(?<!\d)\d{{1,2}}[/.]{_YEAR}(?!\d).*                          # month and year
    |(?:.*(?<![\d.]))?\d{{1,2}}\.\d\d\s?[{_DASH}]\s?\d{{1,2}}(?:\.\d\d)?(?![\d.]).*  # from hour to hour
    |{_YEAR}\s?[{_DASH}/]\s?{_YEAR}(?!\d).*                         # from year to year
    |(?:\d{{1,2}}\.\s?){{3,}}.*""",
    re.VERBOSE,
)

_POINTED = re.compile(r"0\d{2,4}(?:\.\d{2,4}){2,3}")
"""A phone with points, which looks like a date at its end."""


def find_accounts(text: str) -> Iterator[Span]:
    """Account numbers (IBAN), with the spaces that people put in; a slip in the check digits does not save one of usual length."""
    for match in _IBAN.finditer(text):
        run = _ACCOUNT.match(text, match.start())
        ends = [part.end() for part in re.finditer(r"[A-Za-z0-9](?![A-Za-z0-9])", run.group())] if run else []
        for end in reversed(ends):
            number = re.sub(r"[\W_]", "", text[match.start() : match.start() + end]).upper()
            if len(number) >= 15 and (_ACCOUNT_LENGTH.get(number[:2]) == len(number) or iban.is_valid(number, check_country=False)):
                yield match.start(), match.start() + end
                break


def find_identities(text: str) -> Iterator[Span]:
    """Personal identity numbers.

    The shape and a date that exists are enough where the number is written with its sign: a wrong check character is a slip of
    the pen. Ten or twelve digits without one must have the right check digit, and be no phone.
    """
    for match in _HETU.finditer(text):
        if _is_day(match[3], match[2], int(match[1])):
            yield match.span()
    for match in _PERSONNUMMER.finditer(text):
        century, year, _, month, day, sign, serial = match.groups()
        signed = bool(sign and sign.strip())
        checked = luhn.is_valid(year + month + day + serial) and (century or not year.startswith("0"))
        if (signed or checked) and _is_day(year, month, int(day) % _SAMORDNING):
            yield match.span()


def _is_day(year: str, month: str, day: int) -> bool:
    """Whether there is such a day in that year of one of the centuries."""
    for century in (1900, 2000):
        try:
            datetime.date(century + int(year), int(month), day)
        except ValueError:
            continue
        return True
    return False


def find_phones(text: str) -> Iterator[Span]:
    """Phone numbers of Finland, Sweden, Britain and Ireland as people write them, and international ones."""
    for match in _DIGITS.finditer(text):
        start = match.start()
        for slash in _SEVERAL.finditer(text, *match.span()):
            yield from _in_run(text, start, slash.start())
            start = slash.end()
        yield from _in_run(text, start, match.end())


def _in_run(text: str, start: int, end: int) -> Iterator[Span]:
    """The phones in a run of digits, which may hold a time or a price before or after them, too."""
    groups = [(start + group.start(), start + group.end()) for group in _GROUP.finditer(text[start:end])]
    first = 0
    while first < len(groups):
        begin = groups[first][0]
        before = text[max(0, begin - _SEEN_BEFORE) : begin]
        windows = [(begin, end) for _, end in groups[first : first + _MOST_GROUPS] if end - begin <= _LONGEST][::-1]
        possible = next((span for span in windows if _is_phone(text[slice(*span)], before, valid=False)), None)
        phone = next((span for span in windows if _is_phone(text[slice(*span)], before, valid=True)), None) or possible
        if phone and possible and _GOES_ON.fullmatch(text[phone[1] : possible[1]]):
            phone = possible
        if phone:
            written = text[slice(*phone)]
            yield (phone[0] + 1, phone[1]) if written.startswith("(") and written.count("(") > written.count(")") else phone
        first += 1
        while phone and first < len(groups) and groups[first][0] < phone[1]:
            first += 1


def _is_phone(written: str, before: str, *, valid: bool) -> bool:
    written = written.strip("./ ")
    digits = re.sub(r"\D", "", written.replace("(0)", ""))
    if written.lstrip("(").startswith("+"):
        return len(digits) >= 8 and _exists(f"+{digits}", None, valid)
    if _POINTED.fullmatch(written.strip("()")):
        return True
    if not 5 <= len(digits) <= 15 or _NO_PHONE.fullmatch(written) or _OTHER_NUMBER.search(before):
        return False
    if digits.startswith("00"):
        return len(digits) >= 10 and _exists(f"+{digits.removeprefix('00')}", None, valid)
    if digits.startswith("0"):
        return len(digits) >= 7 and any(_exists(digits, region, valid) for region in _REGIONS)
    if digits.startswith(("358", "46", "44", "353")) and len(digits) >= 11 and _exists(f"+{digits}", None, valid=True):
        return True
    return not valid and len(digits) <= 12 and bool(_CUE.search(before))


def _exists(number: str, region: str | None, valid: bool) -> bool:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed) if valid else phonenumbers.is_possible_number(parsed)
