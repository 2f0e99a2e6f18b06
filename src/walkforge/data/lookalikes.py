"""Text that looks alike: characters that are not seen, and letters that pass for Latin ones."""

import unicodedata

# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), and the blank of Braille:
# variation selectors, fillers, joiners, marks of direction. A font draws nothing for them.
_UNSEEN = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip

# Latin letter or digit -> code points (hexadecimal) that are drawn like it, from Unicode's
# confusables.txt (UTS 39): single letters and digits that NFKC leaves as they are. What that file
# maps to l stands under I, whose capitals they are.
_LOOK_LIKE = {
    "2": "1A7 3E8 14BF A644 A6EF A75A",
    "3": "1B7 21C 417 4E0 2CCC A76A A7AB 118CA 16F3B",
    "4": "13CE 118AF",
    "5": "1BC 118BB",
    "6": "431 13EE 2CD2 118D5",
    "7": "104D2 118C6",
    "8": "222 223 9EA A6A 1031A",
    "9": "9ED A67 B68 D6D 2CCA A76E 118AC 118CC 118D6",
    "A": "391 410 13AA 15C5 A4EE 102A0 16F40",
    "B": "392 412 13F4 15F7 A4D0 A7B4 10282 102A1 10301",
    "C": "421 13DF 2CA4 A4DA 102A2 10302 10415 1051C 118E9 118F2",
    "D": "13A0 15DE 15EA A4D3",
    "E": "395 415 13AC 2D39 A4F0 10286 118A6 118AE",
    "F": "3DC 15B4 A4DD A798 10287 102A5 10525 118A2 118C2",
    "G": "50C 13C0 13F3 A4D6",
    "H": "397 41D 13BB 157C 2C8E A4E7 102CF",
    "I": "196 1C0 399 406 4C0 6F1 16C1 2C92 2D4F A4F2 1028A 10309 10320 16F28",
    "J": "37F 408 13AB 148D A4D9 A7B2",
    "K": "39A 41A 13E6 16D5 2C94 A4D7 10518",
    "L": "13DE 14AA 2CD0 A4E1 1041B 10526 118A3 118B2 16F16",
    "M": "39C 3FA 41C 13B7 15F0 16D6 2C98 A4DF 102B0 10311",
    "N": "39D 2C9A A4E0 10513",
    "O": (
        "39F 41E 555 9E6 B20 B66 12D0 2C9E 2D54 3007 A4F3 10292 102AB 10404 104C2 10516 114D0 "
        "118B5 118E0"
    ),
    "P": "3A1 420 13E2 146D 2CA2 A4D1 10295",
    "Q": "2D55",
    "R": "1A6 13A1 13D2 1587 A4E3 104B4 16F35",
    "S": "405 54F 13D5 13DA A4E2 10296 10420 16F3A",
    "T": "3A4 422 13A2 2CA6 A4D4 10297 102B1 10315 118BC 16F0A",
    "U": "54D 1200 144C A4F4 104CE 118B8 16F42",
    "V": "474 6F7 13D9 142F 2D38 A4E6 A6DF 1051D 118A0 16F08",
    "W": "51C 13B3 13D4 A4EA 118E6 118EF",
    "X": "3A7 425 16B7 2CAC 2D5D A4EB A7B3 10290 102B4 10317 10322 10527 118EC",
    "Y": "3A5 423 4AE 13A9 13BD 2CA8 A4EC 102B2 118A4 16F43",
    "Z": "396 13C3 A4DC 102F5 118A9 118E5",
    "a": "251 3B1 430",
    "b": "184 42C 13CF 1472 15AF",
    "c": "441 1D04 2CA5 ABAF 1043D",
    "d": "501 13E7 146F A4D2",
    "e": "435 4BD AB32",
    "f": "584 1E9D A799 AB35",
    "g": "18D 261 581 1D83",
    "h": "4BB 570 13C2",
    "i": "131 269 26A 3B9 456 4CF 13A5 A647 AB75 118C3",
    "j": "3F3 458",
    "n": "578 57C",
    "o": (
        "3BF 3C3 43E 585 6F5 966 A66 AE6 BE6 C66 CE6 D20 D66 E50 ED0 101D 1040 10FF 1D0F 1D11 "
        "2C9F AB3D 1042C 104EA 118C8 118D7"
    ),
    "p": "3C1 440 2CA3",
    "q": "51B 563 566",
    "r": "433 1D26 2C85 AB47 AB48 AB81",
    "s": "1BD 455 A731 ABAA 10448 118C1",
    "u": "28B 3C5 57D 1D1C A79F AB4E AB52 104F6 118D8",
    "v": "3BD 475 1D20 ABA9 11706 118C0",
    "w": "26F 461 51D 561 1D21 AB83 1170A 1170E 1170F",
    "x": "445 1541 157D",
    "y": "263 28F 3B3 443 4AF 10E7 1D8C 1EFF AB5A 118DC",
    "z": "1D22 AB93 118C4",
}
_LATIN = {chr(int(code, 16)): seen for seen, codes in _LOOK_LIKE.items() for code in codes.split()}

# A name in letters of one of these and another is made to deceive, or a slip of the keyboard.
_ALPHABETS = ("LATIN", "GREEK", "CYRILLIC", "COPTIC", "ARMENIAN", "CHEROKEE", "LISU")


def is_unseen(character: str) -> bool:
    """Whether a font draws nothing for the character."""
    return any(first <= ord(character) <= last for first, last in _UNSEEN)


def written(text: str) -> str:
    """The text in Unicode's compatibility form, without letter case and what is not seen.

    Unseen characters go first: the form would turn some, such as fillers, into others.
    """
    seen = "".join(character for character in text if not is_unseen(character))
    return unicodedata.normalize("NFKC", seen).casefold()


def drawn(text: str) -> str:
    """The Latin text that the text can be taken for, without letter case.

    A letter without a Latin twin counts as its capital, of which more have one.
    """
    seen = "".join(character for character in text if not is_unseen(character))
    return "".join(map(_twin, unicodedata.normalize("NFKC", seen))).casefold()


def alphabets_of(text: str) -> list[str]:
    """The alphabets whose letters are easily taken for each other's and stand in the text."""
    names = (unicodedata.name(character, "") for character in text if character.isalpha())
    found = {name.split(" ")[0] for name in names}
    return [alphabet for alphabet in _ALPHABETS if alphabet in found]


def _twin(character: str) -> str:
    """The Latin letter or the digit that a character can be taken for, else the character."""
    if character.isascii():
        return character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return _LATIN.get(character) or _LATIN.get(character.upper(), character)
