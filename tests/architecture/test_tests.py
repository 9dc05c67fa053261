"""Forbidden in tests: depending on a sleep or a clock, and matching HTML with regular expressions."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
MODULES = sorted(TESTS.rglob("*.py"))
# File → functions that may: the one loop that waits for a condition, and the cleanup after slow tests.
MAY_USE_CLOCKS = {"servers.py": {"wait_for"}, "bloat.py": {"pytest_runtest_protocol"}}
CLOCKS = {
    *("sleep", "wait_for_timeout"),
    *("process_time", "perf_counter", "thread_time", "monotonic", "cpu_times", "getrusage"),
    *("process_time_ns", "perf_counter_ns", "thread_time_ns", "monotonic_ns"),
}
PATTERNS = {"compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"}
# Attributes of a response or a Playwright page that contain HTML.
HTML = {"content", "rendered_content", "inner_html", "outer_html"}


def name_of(node):
    """`time.sleep` → `sleep`, `sleep` → `sleep`."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def clocks(tree, allowed=frozenset()):
    """The line and name of each call that sleeps or reads a clock that measures durations."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in allowed:
            for inner in ast.walk(node):
                inner.is_allowed = True
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or getattr(node, "is_allowed", False):
            continue
        name = name_of(node.func)
        is_timed_join = name == "join" and any(
            isinstance(part, ast.Constant) and isinstance(part.value, int | float) for part in arguments(node)
        )
        if name in CLOCKS or is_timed_join:
            yield node.lineno, name


def arguments(call):
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def patterns_over_html(tree):
    """The line of each regular expression that is matched against HTML, or that contains HTML."""
    if not imports_re(tree):
        return
    for scope in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda))]:
        names = html_names(scope, html_functions(tree))
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and name_of(node.func) in PATTERNS:
                parts = arguments(node)
                holder = getattr(node.func, "value", None)
                is_method = isinstance(holder, ast.Name | ast.Attribute | ast.Call)
                if is_method and (any(has_html(part, names) for part in parts) or any(map(is_markup, parts))):
                    yield node.lineno


def imports_re(tree):
    """Whether the module uses regular expressions, its own or from another module."""
    return any(
        isinstance(node, ast.Import | ast.ImportFrom)
        and (getattr(node, "module", None) in {"re", "regex"} or {"re", "regex"} & {alias.name for alias in node.names})
        for node in ast.walk(tree)
    )


def html_functions(tree):
    """Names of functions whose result comes from a response's content."""
    found = set()
    while True:
        more = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            and any(
                isinstance(part, ast.Return) and part.value and has_html(part.value, html_names(node, found))
                for part in ast.walk(node)
            )
        }
        if more <= found:
            return found
        found |= more


def html_names(scope, functions):
    """Names in a scope that hold HTML: assigned from a response's content, each other, or a function returning HTML."""
    found = set(functions)
    while True:
        more = {
            name.id
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign | ast.AugAssign | ast.NamedExpr | ast.AnnAssign)
            and node.value
            and has_html(node.value, found)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        }
        if more <= found:
            return found
        found |= more


def has_html(node, names):
    """Whether an expression is HTML. The results of `pages.read` and of a JSON parser are not."""
    if isinstance(node, ast.Call) and name_of(node.func) in {"read", "loads", "json", "len"}:
        return False
    if isinstance(node, ast.Attribute) and node.attr in HTML:
        return True
    if isinstance(node, ast.Name) and node.id in names:
        return True
    return any(has_html(child, names) for child in ast.iter_child_nodes(node))


def is_markup(node):
    """Whether a pattern contains a tag or an attribute with its quotation mark."""
    text = "".join(part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and type(part.value) is str)
    tags = ("</", "<a ", "<li", "<td", "<tr", "<div", "<span", "<code", "<script", "<input", "<form", "<p>", "<wbr")
    return any(tag in text.lower() for tag in (*tags, 'href="', 'class="', 'name="', 'value="', 'id="'))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(TESTS)))
def test_no_test_depends_on_a_sleep_or_clock(module):
    allowed = MAY_USE_CLOCKS.get(str(module.relative_to(TESTS)), frozenset())
    found = list(clocks(ast.parse(module.read_text()), allowed))
    assert found == [], "wait for a condition with servers.wait_for, or count work with tests/steps.py"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(TESTS)))
def test_html_is_parsed(module):
    found = sorted(set(patterns_over_html(ast.parse(module.read_text()))))
    assert found == [], "read the page with tests/pages.py"


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.sleep(2)",
        "from time import sleep\nsleep(0.1)",
        "await asyncio.sleep(1)",
        "page.wait_for_timeout(500)",
        "began = time.process_time()",
        "began = time.monotonic()\nassert time.monotonic() - began < 3",
        "thread.join(0.5)",
        "thread.join(timeout=1)",
    ],
)
def test_clocks_are_found(text):
    assert list(clocks(ast.parse(text)))


@pytest.mark.parametrize("text", ["','.join(names)", "thread.join()", "event.wait(60)", "time.time()", "Now()"])
def test_harmless_calls_are_not_mistaken_for_clocks(text):
    assert not list(clocks(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        "re.search('x', page.content.decode())",
        "re.findall(pattern, response.content.decode())",
        "PATTERN.findall(response.content.decode())",
        "page = portal.get('/').content.decode()\nre.search('x', page)",
        "def f():\n    page = portal.get('/').content.decode()\n    text = page.strip()\n    re.sub('x', '', text)",
        "def text(r):\n    return r.content.decode()\ndef test():\n    re.search('x', text(portal.get('/')))",
        're.search(r\'<a href="([^"]+)"\', text)',
        "re.compile('</li>')",
        "re.search('x', page.content())",
    ],
)
def test_patterns_over_html_are_found(text):
    assert list(patterns_over_html(ast.parse("import re\n" + text)))


@pytest.mark.parametrize(
    "text",
    [
        "re.search('x', mail.outbox[-1].body)",
        "re.findall('x', page_of_the_handbook)",
        "text.split(',')",
        "pages.read(response).text",
        "page = pages.read(portal.get('/'))\nre.search('x', page.text)",
        "document = json.loads(response.content)\nre.search('x', document['id'])",
        "expect(page.get_by_role('button', name=re.compile('Allow')))",
    ],
)
def test_other_patterns_are_not_mistaken_for_html(text):
    assert not list(patterns_over_html(ast.parse("import re\n" + text)))
