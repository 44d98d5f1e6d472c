"""What the first bytes of a file tell about its encoding."""

import pytest

from analyses.tabular.encodings import detect_encoding, original_bytes

TEXT = "id,text\r\n" + "".join(f"{number},Größe {number} – für «alle»\r\n" for number in range(100))
CHINESE = "编号,文本\r\n" + "".join(f"{number},航班又晚点了我们很生气\r\n" for number in range(100))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("text", [TEXT, CHINESE], ids=["german", "chinese"])
def test_an_encoding_is_known_by_its_bytes(text: str, encoding: str) -> None:
    """C01, C02."""
    if encoding == "cp1252" and text is CHINESE:
        pytest.skip("CP1252 has no Chinese characters")

    assert detect_encoding(text.encode(encoding)) == encoding


def test_utf_16_with_bom_says_which_half_comes_first() -> None:
    assert detect_encoding(b"\xff\xfe" + TEXT.encode("utf-16-le")) == "utf-16-le"
    assert detect_encoding(b"\xfe\xff" + TEXT.encode("utf-16-be")) == "utf-16-be"


def test_latin_1_is_read_as_cp1252() -> None:
    assert detect_encoding("Füße, café".encode("latin-1")) == "cp1252"


def test_a_few_bad_bytes_do_not_turn_utf_8_into_mojibake() -> None:
    content = TEXT.encode()

    assert detect_encoding(content.replace("ö".encode(), b"\xf6", 3)) == "utf-8"


@pytest.mark.parametrize("cut", range(4))
def test_a_character_cut_at_the_end_of_the_block_does_not_matter(cut: int) -> None:
    content = ("plain " * 20 + "🍣").encode()

    assert detect_encoding(content[: len(content) - cut]) == "utf-8"


@pytest.mark.parametrize("content", [b"id,text\n1,a\x00b\n", b"\x00id,text\n1,a\n", b"a\x00,b\x00c\n" * 3])
def test_a_stray_nul_is_not_utf_16(content: bytes) -> None:
    """C03."""
    assert detect_encoding(content) == "utf-8"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "koi8-r"])
def test_bad_bytes_are_given_back_as_they_were(encoding: str) -> None:
    content = b"1,\x81\xff\xfe,x\r\n"

    assert original_bytes(content.decode(encoding, "surrogateescape"), encoding) == content
