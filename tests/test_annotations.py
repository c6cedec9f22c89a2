"""Every public function, method and field of gan_jax says what it takes and gives."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / 'gan_jax'
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
CALLED = ('__init__', '__call__')  # the special methods whose arguments a caller gives


def missing(tree: ast.Module) -> list[str]:
  """What is public in a module and lacks an annotation, by name and line."""
  functions, lacking = [], []
  for node in tree.body:
    if isinstance(node, FUNCTIONS):
      functions.append((node, node.name, False))
    elif isinstance(node, ast.ClassDef):
      walk(node, node.name, functions, lacking)
  for function, name, method in functions:
    if is_public(function.name):
      lacking += [f'{name}({part}), line {function.lineno}' for part in untyped(function, method)]
  return lacking


def walk(node: ast.ClassDef, path: str, functions: list, lacking: list) -> None:
  """Adds the methods of a class, and of those in it, and its fields that have no type or a bare one."""
  for part in node.body:
    name = f'{path}.{getattr(part, "name", "")}'
    if isinstance(part, FUNCTIONS):
      static = any(getattr(decorator, 'id', '') == 'staticmethod' for decorator in part.decorator_list)
      functions.append((part, name, not static))
    elif isinstance(part, ast.ClassDef):
      walk(part, name, functions, lacking)
    elif isinstance(part, ast.Assign) and is_field(part.value):
      lacking.append(f'{path}.{ast.unparse(part.targets[0])}, line {part.lineno}')


def is_public(name: str) -> bool:
  return not name.startswith('_') or name in CALLED


def is_field(value: ast.expr) -> bool:
  """Whether a class has a field of a dataclass here, which without a type would not be one."""
  return isinstance(value, ast.Call) and ast.unparse(value.func).endswith(('field', 'given'))


def untyped(function: ast.FunctionDef, method: bool) -> list[str]:
  """The parameters that have no type, and 'return'."""
  given = function.args
  parameters = [*given.posonlyargs, *given.args][method:] + given.kwonlyargs
  parameters += [extra for extra in (given.vararg, given.kwarg) if extra]
  names = [parameter.arg for parameter in parameters if parameter.annotation is None]
  return names + ['return'] * (function.returns is None and function.name != '__init__')


@pytest.mark.parametrize(
  'path', sorted(PACKAGE.rglob('*.py')), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_everything_public_is_annotated(path):
  assert missing(ast.parse(path.read_text())) == []


def test_what_is_not_annotated_is_found():
  tree = ast.parse("""
def f(a, b: int, *c, d=0) -> int: ...
def _private(a): ...
class C:
  size = dataclasses.field(default=0)
  def __init__(self, a: int): ...
  def __exit__(self, *_): ...
  def method(self, a): ...
  @staticmethod
  def static(a: int): ...
""")
  wanted = ['C.size', 'f(a)', 'f(c)', 'f(d)', 'C.method(a)', 'C.method(return)', 'C.static(return)']
  assert sorted(text.partition(',')[0] for text in missing(tree)) == sorted(wanted)
