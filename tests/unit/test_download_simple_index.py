"""Pages of a package index."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub_agent.downloads.simple_index import Link, find_link, links_in, normalised

SHA = "ab" * 32


def test_links_of_html_are_found_with_their_checksums() -> None:
    page = f"""<!DOCTYPE html><html><body>
        <a href="../../files/a-1.0.tar.gz#md5=12">a-1.0.tar.gz</a><br/>
        <a href="https://files.example/a-1.0-py3-none-any.whl#sha256={SHA}"
           data-requires-python="&gt;=3">a</a><a name="x">no link</a>"""
    assert links_in(page, is_json=False) == [
        Link("a-1.0.tar.gz", "../../files/a-1.0.tar.gz#md5=12", None),
        Link(
            "a-1.0-py3-none-any.whl",
            f"https://files.example/a-1.0-py3-none-any.whl#sha256={SHA}",
            SHA,
        ),
    ]


def test_base_of_a_page_counts() -> None:
    page = '<base href="https://files.example/x/"><a href="a%20b-1.0.whl">a</a>'
    (link,) = links_in(page, is_json=False)
    assert link.target == "https://files.example/x/a%20b-1.0.whl"
    assert link.filename == "a b-1.0.whl"


def test_links_of_json_are_found_with_their_checksums() -> None:
    files = [
        {"filename": "a-1.0.whl", "url": "../a-1.0.whl", "hashes": {"sha256": SHA}},
        {"filename": "b-1.0.whl", "url": "../b-1.0.whl", "hashes": {}},
        {"filename": 7, "url": "x"},
        "nonsense",
    ]
    assert links_in(json.dumps({"files": files}), is_json=True) == [
        Link("a-1.0.whl", "../a-1.0.whl", SHA),
        Link("b-1.0.whl", "../b-1.0.whl", None),
    ]


@pytest.mark.parametrize("page", ["", "[", "[]", "{}", '{"files": 3}', "[" * 100_000])
def test_json_of_another_kind_has_no_links(page: str) -> None:
    assert links_in(page, is_json=True) == []


@example("<![0", False)
@given(st.text(), st.booleans())
def test_any_page_can_be_read(page: str, is_json: bool) -> None:
    assert isinstance(links_in(page, is_json=is_json), list)


@given(st.lists(st.sampled_from(["<a href=", "<base href=", '"', "http://[", "x", ">", "</a>"])))
def test_any_tags_can_be_read(pieces: list[str]) -> None:
    assert isinstance(links_in("".join(pieces), is_json=False), list)


def test_file_is_found_however_its_project_is_written() -> None:
    links = [Link("my_Project-1.0-py3-none-any.whl", "x", None)]
    assert find_link(links, "My-project-1.0-py3-none-any.whl") is links[0]
    assert find_link(links, "my_project-1.1-py3-none-any.whl") is None


def test_projects_are_written_as_indexes_do() -> None:
    assert normalised("My._-Project") == "my-project"
