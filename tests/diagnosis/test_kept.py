"""What is kept of texts is as good as read anew, and has an end."""

from __future__ import annotations

from misstep_diagnosis.reading.kept import KEPT_CHARS, Kept


def test_the_latest_texts_are_read_once_and_older_ones_make_room() -> None:
    read: list[str] = []

    def first_word(text: str, end: str) -> str:
        read.append(text[:2])
        return text.split(end)[0]

    kept = Kept(first_word)
    texts = [f"{n} " + "x" * (KEPT_CHARS // 4) for n in range(5)]
    for text in (*texts, *reversed(texts[2:])):
        assert kept(text, " ") == text[:1]
    assert read == ["0 ", "1 ", "2 ", "3 ", "4 "]
    assert kept(texts[0], " ") == "0" and read[5:] == ["0 "]
    assert kept(texts[2], " ") == "2" and kept(texts[4], "x") == "4 "
    assert read[6:] == ["4 "]
