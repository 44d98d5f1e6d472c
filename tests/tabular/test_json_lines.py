"""JSON Lines: one object a row."""

from __future__ import annotations

import json

from analyses.tabular import json_lines
from analyses.tabular.json_lines import dumped, write_objects


def test_each_row_is_an_object_on_its_line() -> None:
    content = b"".join(write_objects(["id", "text"], [[1, "=1\n🍣"], [2, None]]))

    assert content == '{"id":1,"text":"=1\\n🍣"}\n{"id":2,"text":null}\n'.encode()


def test_blocks_follow_each_other_without_gap() -> None:
    rows = [[number, "x" * 1000] for number in range(200)]

    blocks = list(write_objects(["id", "text"], rows))

    assert len(blocks) > 1
    assert max(map(len, blocks)) < 2 * json_lines.BLOCK_BYTES
    assert [json.loads(line)["id"] for line in b"".join(blocks).splitlines()] == list(range(200))


def test_no_row_gives_no_block() -> None:
    assert list(write_objects(["id"], [])) == []


def test_numbers_beyond_64_bits_are_written() -> None:
    assert json.loads(dumped({"a": [10**20, 1]})) == {"a": [1e20, 1]}
