"""The pages of the guide: their links work, and their commands and settings exist."""

import ast
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.management import get_commands
from django.urls import resolve

from feeds.web.guide import FOLDER, PAGES, as_html

ROOT = Path(settings.BASE_DIR)
README = ROOT / "README.md"
FILES = [*sorted(FOLDER.glob("*.md")), README]
ADDRESSES = ["/guide/", *(f"/guide/{name}/" for name in PAGES)]
TEXT = "\n".join(file.read_text() for file in FILES)
SAMPLES = {"id": "2607.21557", "day": "2026-07-21", "week": "2026-W30", "month": "2026-07", "ranking_id": "r"}


def parsed(text):
    return BeautifulSoup(text, "html.parser")


def cells(file, column, tables="table"):
    """The code spans in one column of the tables of a page, a list for each row."""
    rows = parsed(as_html((FOLDER / file).read_text())).select(f"{tables} tbody tr")
    return [[code.get_text() for code in row.select("td")[column].select("code")] for row in rows]


def variables_read():
    """Every environment variable that the settings read, with the default if it is a constant, else None."""
    variables = {}
    for call in ast.walk(ast.parse((ROOT / "recommender/config/settings.py").read_text())):
        if not isinstance(call, ast.Call) or not re.fullmatch(r"environment\.(env\.)?\w+", ast.unparse(call.func)):
            continue
        name, default = call.args[0].value, call.args[1] if len(call.args) > 1 else None
        name += "..." if call.func.attr == "prefixed" else ""
        variables[name] = default.value if isinstance(default, ast.Constant) else None
        if call.func.attr == "storage":
            variables[f"{name}_OPTIONS"] = None  # read by `environment.storage` itself
    return variables


@pytest.mark.parametrize("address", ADDRESSES)
def test_everybody_can_read_a_page(address, ada, bob, anonymous, client_of):
    assert anonymous.get(address).status_code == 200
    assert client_of(ada).get(address).status_code == 200
    assert client_of(bob).get(address).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_has_one_title_and_an_id_for_each_heading(address, anonymous):
    main = parsed(anonymous.get(address).text).main
    ids = [heading.get("id") for heading in main.select("h1, h2, h3, h4")]
    assert len(main.select("h1")) == 1
    assert all(ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("address", ADDRESSES)
def test_wide_content_scrolls_in_a_container_that_takes_focus(address, anonymous):
    main = parsed(anonymous.get(address).text).main
    assert all(table.parent["tabindex"] == "0" for table in main.select("table"))
    assert all(block["tabindex"] == "0" for block in main.select("pre"))


@pytest.mark.parametrize("name", ["nothing", "index", "README", "Reading"])
def test_an_unknown_page_is_a_404(name, anonymous):
    assert anonymous.get(f"/guide/{name}/").status_code == 404


def test_a_page_is_markdown_for_clients_that_prefer_it(anonymous):
    answer = anonymous.get("/guide/measuring/", headers={"Accept": "text/markdown"})
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.text.startswith("# Measuring\n")
    assert "](http://testserver/guide/ranking/#a-request)" in answer.text


def test_every_file_is_a_page_and_the_index_lists_them_in_order():
    assert {file.stem for file in FOLDER.glob("*.md")} == {*PAGES, "index"}
    assert re.findall(r"\((\w+)\.md\)", (FOLDER / "index.md").read_text()) == list(PAGES)


def test_readers_find_the_guide_in_the_footer_and_the_page_they_are_on(anonymous):
    page = parsed(anonymous.get("/guide/operating/").text)
    assert page.select_one('footer a[href="/guide/"]')
    assert [link["href"] for link in page.main.select("nav a[aria-current=page]")] == ["/guide/operating/"]
    assert [link["href"] for link in page.main.select("nav a")] == ADDRESSES


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_link_of_a_page_leads_to_a_page_and_an_anchor(address, anonymous):
    links = [link["href"] for link in parsed(anonymous.get(address).text).main.select("a")]
    assert len(links) > len(PAGES)
    for link in links:
        target, _, anchor = link.removeprefix("http://testserver").partition("#")
        answer = anonymous.get(target or address)
        assert answer.status_code == 200, link
        assert not anchor or parsed(answer.text).find(id=anchor), link


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_link_of_a_file_leads_to_a_file_and_a_heading(file):
    """On a code host, where the anchor of a heading keeps its hyphens and loses all other punctuation."""
    for target, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", file.read_text()):
        linked = file.parent / target if target else file
        assert linked.is_file(), target
        titles = re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE) if anchor else []
        assert not anchor or anchor in {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}, anchor


def test_the_configuration_page_has_every_variable_that_is_read_and_no_other():
    documented = [name for row in cells("configuration.md", 0) for name in row]
    assert len(set(documented)) == len(documented)
    assert set(documented) == set(variables_read())


def test_the_configuration_page_has_the_defaults_of_the_settings():
    constants = {name: str(value).lower() for name, value in variables_read().items() if isinstance(value, int)}
    documented = {}
    for names, defaults in zip(cells("configuration.md", 0), cells("configuration.md", 1), strict=True):
        documented |= dict(zip(names, defaults, strict=False))
    assert len(constants) > 10
    assert {name: documented[name] for name in constants} == constants


def test_every_command_of_the_guide_and_the_readme_exists():
    commands = set(re.findall(r"python manage\.py ([a-z_]+)", TEXT))
    assert "doctor" in commands
    assert commands <= set(get_commands())


def test_every_file_named_in_the_guide_and_the_readme_exists():
    named = set(re.findall(r"`((?:accounts|recommender|feeds|tests|findings|\.ci|\.deploy)/[\w./]*)`", TEXT))
    assert "recommender/vote_rings.py" in named
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_measuring_page_has_every_benchmark_and_no_other():
    documented = [code.split()[0] for row in cells("measuring.md", 0, "#benchmarks ~ div table") for code in row]
    first_lines = {file.stem: file.read_text().partition("\n")[0] for file in (ROOT / "tests/benchmarks").glob("*.py")}
    runnable = [name for name, line in first_lines.items() if f"`python -m tests.benchmarks.{name}" in line]
    assert sorted(documented) == sorted(runnable)
    assert all(find_spec(f"tests.benchmarks.{name}") for name in documented)


def test_every_path_of_the_api_page_is_an_address():
    paths = [code.removeprefix("POST ") for row in cells("api.md", 0) for code in row]
    for path in paths:
        assert resolve(f"/api/v1/{path.format_map(SAMPLES)}").url_name, path
    assert len(paths) > 30


def test_every_address_named_in_a_page_is_one_of_the_site():
    """Addresses in code spans that name a page or a feed; `/api/v1/` only begins some, `/anymail/` needs a setting."""
    named = set(re.findall(r"`(/[\w/.-]*(?:/|\.atom))`", TEXT)) - {"/api/v1/", "/anymail/"}
    assert "/models/evidence/" in named
    assert {address for address in named if not resolve(address).url_name} == set()


def test_the_api_page_has_the_first_example_of_the_api_guide(anonymous):
    first = parsed(anonymous.get("/api/").text).select_one("code.language-bash").get_text()
    assert first.replace("http://testserver", "http://localhost:8000") in (FOLDER / "api.md").read_text()


def test_the_pages_are_installed_with_the_package():
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    installed = {file for pattern in patterns for file in (ROOT / "feeds").glob(pattern)}
    assert set(FOLDER.glob("*.md")) <= installed


def test_the_readme_has_at_most_150_lines():
    assert len(README.read_text().splitlines()) <= 150


def test_the_table_of_the_readme_is_the_first_one_of_the_measuring_page():
    first = re.search(r"^\| NDCG@10.*?\n\n", (FOLDER / "measuring.md").read_text(), re.MULTILINE | re.DOTALL)[0]
    assert first.count("\n") > 5
    assert first in README.read_text()


def test_the_readme_links_to_every_page_with_the_line_of_the_index():
    index = (FOLDER / "index.md").read_text()
    lines = re.findall(r"^- .*$", index.replace("](", f"]({FOLDER.relative_to(ROOT)}/"), re.MULTILINE)
    assert len(lines) == len(PAGES)
    assert [line for line in lines if line not in README.read_text()] == []
