"""Invented contacts in texts of all shapes: what the gate must take out, however it is written and wherever it stands."""

import random
import re
from collections.abc import Callable
from typing import NamedTuple

from stdnum import iban, luhn


class Planted(NamedTuple):
    """A text with a contact in it."""

    text: str
    contact: str
    parts: tuple[str, ...]
    """What may not stand any more: digits, without what stands between them, or letters."""


LANGUAGES = ("fi", "sv", "en")

_BEFORE = {
    "fi": "Soita |Ilmoittaudu: |Kirppis on klo 12-15, kysy lisää |Hintaa 35 e, |Talkoot la 12.5. klo 10! |puh. |p. |"
    "Tekstaa: |Lisätietoja Hämeentie 12 B 34, |Nähdään 2027! |avataan 2.5.2027, yhteys: |Tiedustelut (iltaisin) |<p>Yhteys: |"
    "ota yhteyttä -> ",
    "sv": "Ring |Anmäl dig: |Loppis kl 12-15, fråga |Kostar 35 kr, |Städdag lör 12/5 kl 10! |tel. |tfn |Sms:a: |"
    "Mer info Storgatan 12 B, |Vi ses 2027! |öppnar 2.5.2027, kontakt: |Frågor (kvällar) |<p>Kontakt: |hör av dig -> ",
    "en": "Call |Sign up: |Jumble sale 12-3pm, ask |Costs £35, |Litter pick Sat 12 May at 10! |tel. |ph: |Text: |"
    "More at 12 Example Street, |See you in 2027! |opens 2.5.2027, contact: |Questions (evenings) |<p>Contact: |get in touch -> ",
}
_AFTER = {
    "fi": "|.|!| klo 18 mennessä| tai tule paikalle|, nähdään|, ma-pe 9-15|"
    "\nSeuraava rivi|</p>|<br>kiitos| 🙏|🌱🌱| (iltaisin)|; 3 kuppia|…",
    "sv": "|.|!| före kl 18| eller kom förbi|, vi ses|, mån-fre 9-15|\nNästa rad|</p>|<br>tack| 🙏|🌱🌱| (kvällar)|; 3 koppar|…",
    "en": "|.|!| before 6pm| or just turn up|, see you|, Mon-Fri 9-3|\nNext line|</p>|<br>thanks| 🙏|🌱🌱| (evenings)|; 3 mugs|…",
}
_FRAMES = ("{}", "{}", "{}", "({})", "[{}]", '"{}"', "*{}*", "\n{}\n", "– {}", "👉{}", "\u00a0{}\u00a0", "📞 {}", "{}")
_FAR = ("", "", "", "word " * 2000, "Привіт! مرحبا. สวัสดี ", "한국어 모임 ", "• yksi\n• två\n• three\n", "\t", "e\u0301a\u0308 ")
"""What may stand far before it: a long line, other scripts, lists."""
_LETTERS = "abdefghiklmnoprstuvy"


def planted(chance: random.Random, language: str) -> Planted:
    """A text of this language with one contact."""
    contact, parts = chance.choices(_KINDS, _HOW_OFTEN)[0](chance, language)
    written = _hidden(chance, contact) if chance.random() < 0.08 else contact
    framed = chance.choice(_FRAMES).format(written)
    before, after = (chance.choice(texts[language].split("|")) for texts in (_BEFORE, _AFTER))
    return Planted(f"{chance.choice(_FAR)}{before}{framed}{after}", contact, parts)


def stands(scrubbed: str, parts: tuple[str, ...]) -> bool:
    """Whether a part of the contact still stands."""
    digits = "".join(letter for letter in scrubbed if letter.isdigit())
    return any(part in (digits if part.isdigit() else scrubbed.lower()) for part in parts)


def _hidden(chance: random.Random, contact: str) -> str:
    """With a character that nobody sees in it, as copying leaves."""
    at = chance.randrange(1, len(contact))
    mark = chance.choice("\u200b\u2060\ufeff\u200e\u202c\u00ad")
    return f"\u202a{contact}\u202c" if chance.random() < 0.3 else contact[:at] + mark + contact[at:]


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("123456789") for _ in range(count))


def _word(chance: random.Random, least: int = 5) -> str:
    return "".join(chance.choice(_LETTERS) for _ in range(chance.randint(least, 9)))


_PHONES = {
    "fi": "040 ### ####|050 #######|044-#######|045-### ####|+358 40 ### ####|+35850#######|00358 44 #######|(040) #######|"
    "+358 (0)40 ### ####|"
    "0400 ### ###|0400 ######|040/#######|040-###-####|09 ### ####|014 ### ###|(09) #######|+358.40.###.####|"
    "358 40 #######|050 ### ## ##",
    "sv": "070 ### ## ##|070-### ## ##|070#######|073-#######|+46 70 ### ## ##|0046 70 #######|+46 (0)70 ### ## ##|08 ### ## ##|"
    "08-### ###|"
    "031-### ## ##|+46 8 ### ###|070/#######|+46-70-###-##-##|(070) ### ## ##|070#.##.##.##|46 70 ### ## ##",
    "en": "07700 ### ###|07700 ######|07700-###-###|+44 7700 ### ###|+447700######|020 #### ####|020-####-####|+44 20 #### ####|"
    "+44 (0)20 #### ####|(020) #### ####|0044 20 #### ####|085 ### ####|+353 85 ### ####|0131 ### ####|+1 212 ### ####|"
    "07700.###.###|"
    "+49 30 #### ####|+48 5## ### ###",
}


def _phone(chance: random.Random, language: str) -> tuple[str, tuple[str, ...]]:
    """A number as it is written where the language is spoken, now and then elsewhere."""
    pattern = chance.choice(_PHONES[chance.choice((language, language, language, *LANGUAGES))].split("|"))
    digits = iter(_digits(chance, pattern.count("#")))
    written = "".join(next(digits) if letter == "#" else letter for letter in pattern)
    return written, (re.sub(r"\D", "", written)[-5:],)


_AT = {"fi": (" ät ", "(ät)", " miukumauku "), "sv": (" snabel-a ", "(snabel-a)"), "en": (" [AT] ",)}
_DOT = {"fi": ("(piste)", " piste "), "sv": ("(punkt)", " punkt "), "en": ()}


def _email(chance: random.Random, language: str) -> tuple[str, tuple[str, ...]]:
    name, domain = _word(chance), f"{_word(chance)}.{chance.choice(('fi', 'se', 'org', 'com', 'co.uk', 'eu'))}"
    local = chance.choice((name, f"{_word(chance, 3)}.{name}", f"{name}_{_digits(chance, 2)}", f"{name}+kirppis", name.title()))
    if chance.random() < 0.5:
        plain = f"{local}@{domain}"
        return chance.choice((plain, plain, plain.upper(), f"mailto:{plain}")), (name,)
    sign = chance.choice(("(at)", " (at) ", "[at]", " at ", "{at}", " @ ", "(a)", *_AT[language]))
    dot = chance.choice((".", ".", "(dot)", " dot ", *_DOT[language])) if "@" not in sign else "."
    return f"{local}{sign}{domain.replace('.', dot)}", (name,)


def _handle(chance: random.Random, _: str) -> tuple[str, tuple[str, ...]]:
    name = _word(chance)
    form = chance.choice(("@{}", "@{}_77", "@{}@example.social", "ig: {}", "Instagram: @{}", "u/{}", "snap: {}"))
    return form.format(name), (name,)


_SITES = "facebook.com/|m.facebook.com/|instagram.com/|x.com/|tiktok.com/@|linkedin.com/in/|t.me/|snapchat.com/add/".split("|")


def _profile(chance: random.Random, _: str) -> tuple[str, tuple[str, ...]]:
    name = _word(chance)
    address = f"{chance.choice(_SITES)}{name}{chance.choice(('', '/', '?igshid=1a2b'))}"
    return f"{chance.choice(('https://', 'https://www.', 'www.', 'http://', ''))}{address}", (name,)


def _identity(chance: random.Random, language: str) -> tuple[str, tuple[str, ...]]:
    day, month, year = f"{chance.randint(1, 28):02}", f"{chance.randint(1, 12):02}", chance.randint(1930, 2024)
    if language == "sv":
        serial = _digits(chance, 3)
        number = f"{year % 100:02}{month}{day}{serial}"
        number += luhn.calc_check_digit(number)
        century = chance.choice(("", str(year)[:2]))
        return f"{century}{number[:6]}{chance.choice('-+' if year < 1927 else '-')}{number[6:]}", (number,)
    serial = f"{chance.randint(2, 899):03}"
    sign = chance.choice("-YXW") if year < 2000 else chance.choice("ABC")
    check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(f"{day}{month}{year % 100:02}{serial}") % 31]
    code = f"{day}{month}{year % 100:02}{sign}{serial}{check}"
    return chance.choice((code, code.lower())), (code.lower(),)


def _account(chance: random.Random, language: str) -> tuple[str, tuple[str, ...]]:
    country, length = {"fi": ("FI", 14), "sv": ("SE", 20), "en": ("DE", 18)}[language]
    digits = _digits(chance, length)
    check = next(f"{number:02}" for number in range(2, 99) if iban.is_valid(f"{country}{number:02}{digits}", check_country=False))
    number = f"{country}{check}{digits}"
    spaced = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
    return chance.choice((number, spaced, spaced.lower())), (digits[:8], digits[-8:])


Kind = Callable[[random.Random, str], tuple[str, tuple[str, ...]]]
_KINDS: tuple[Kind, ...] = (_phone, _email, _handle, _profile, _identity, _account)
_HOW_OFTEN = (50, 25, 8, 8, 5, 4)
