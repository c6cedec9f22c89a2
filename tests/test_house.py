"""The house: few rooms, arrows between them that go down only, files that can be read in one sitting."""

import ast

from conftest import ROOT

PACKAGE = ROOT / 'gan_jax'


def imports(file):
  """The rooms, files and folders at the top of the package, whose modules a file imports anywhere in it."""
  for node in ast.walk(ast.parse(file.read_text())):
    if isinstance(node, ast.ImportFrom) and (node.module or '').startswith('gan_jax'):
      parts = node.module.split('.')
      yield from [parts[1]] if len(parts) > 1 else [name.name for name in node.names]
    elif isinstance(node, ast.Import):
      yield from (name.name.split('.')[1] for name in node.names if name.name.startswith('gan_jax.'))


def rooms():
  """{file or folder at the top of the package: the others that it uses}; imports within functions count."""
  found = {}
  for file in PACKAGE.rglob('*.py'):
    room = file.relative_to(PACKAGE).with_suffix('').parts[0]
    found.setdefault(room, set()).update(set(imports(file)) - {room})
  return found


def test_the_docs_list_the_rooms_in_an_order_in_which_each_uses_those_above_it():
  """So there is no circle, and no import within a function that hides one."""
  tree = (ROOT / 'docs/code.md').read_text()
  listed = [
    line.split()[0].removesuffix('.py').rstrip('/') for line in tree.splitlines() if line.startswith(' ' * 6)
  ]
  used = rooms()
  del used['__init__']
  assert sorted(listed) == sorted(used)
  for k, room in enumerate(listed):
    assert used[room] <= set(listed[:k]), room


def test_there_are_at_most_sixteen_rooms():
  assert len([path for path in PACKAGE.iterdir() if path.name != '__pycache__']) <= 16


def test_files_are_short():
  long = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in PACKAGE.rglob('*.py')}
  assert {file: lines for file, lines in long.items() if lines > 220} == {}
