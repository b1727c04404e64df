"""Released migrations never change: none imports code of ours that may change, and their numbers are unique."""

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("accounts", "recommender", "feeds")
MODELS = {f"{room}.models" for room in ROOMS}
BY_PATH = {"default", "encoder", "validators"}  # arguments of a field that Django writes as the path of an object


def living_code(source: str) -> set[str]:
    """Imports of our modules, and uses of models modules other than as an argument that is written as a path."""
    tree = ast.parse(source)
    imports = {name for node in ast.walk(tree) for name in _imports(node)}
    allowed = {id(node) for keyword in ast.walk(tree) for node in _named_by_path(keyword)}
    uses = {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in MODELS and id(node) not in allowed
    }
    return imports | uses


def _imports(node: ast.AST) -> list[str]:
    """Our modules that an import statement names, without models packages and modules beside the migration."""
    if isinstance(node, ast.Import):
        ours = [alias for alias in node.names if alias.name.split(".")[0] in ROOMS]
        return [alias.name for alias in ours if alias.asname or alias.name not in MODELS]
    if isinstance(node, ast.ImportFrom):
        path = "." * node.level + (node.module or "")
        is_ours = node.level > 0 or path.split(".")[0] in ROOMS
        is_beside = node.level == 1 or path.split(".")[1:2] == ["migrations"]
        return [path] if is_ours and not is_beside else []
    return []


def _named_by_path(node: ast.AST) -> list[ast.expr]:
    if not isinstance(node, ast.keyword) or node.arg not in BY_PATH:
        return []
    return node.value.elts if isinstance(node.value, ast.List) else [node.value]


def files(pattern: str = "*.py") -> list[Path]:
    return [file for room in ROOMS for file in sorted((ROOT / room / "migrations").glob(pattern))]


@pytest.mark.parametrize("file", files(), ids=lambda file: f"{file.parts[-3]}/{file.stem}")
def test_a_migration_imports_no_code_that_may_change(file):
    assert living_code(file.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    "source",
    [
        "from feeds.sources.duplicates import keys",
        "from feeds.sources import duplicates as likeness",
        "import feeds.models.digest",
        "import recommender.search.schema as schema",
        "def late(apps, editor):\n    from recommender.search import schema",
        "from ..search import schema",
        "from recommender.models import Paper",
        "import recommender.models as tables",
        "import recommender.models\nrecommender.models.Paper.objects.all()",
        "import recommender.models\nmodels.CharField(default=recommender.models.new_ranking_id())",
    ],
)
def test_a_planted_import_of_living_code_is_reported(source):
    assert living_code(source)


def test_what_a_field_names_by_path_and_modules_beside_a_migration_are_allowed():
    field = "models.JSONField(default=feeds.models.every_day, validators=[feeds.models.known_zone])"
    assert living_code(f"import feeds.models\n{field}") == set()
    assert living_code("import django.utils.timezone\nfrom django.db import migrations, models") == set()
    assert living_code("from ._concurrent_index import AddIndexOnline") == set()
    assert living_code("from recommender.migrations._concurrent_index import AddIndexOnline") == set()


@pytest.mark.parametrize("room", ROOMS)
def test_no_two_migrations_of_a_room_have_the_same_number(room):
    numbers = Counter(file.name[:4] for file in files("0*.py") if file.parts[-3] == room)
    assert numbers
    assert [number for number, count in numbers.items() if count > 1] == []
