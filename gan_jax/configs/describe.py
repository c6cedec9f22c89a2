"""What there is to choose from, in words: experiments, and the fields of a config."""

import ast
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path

from ml_collections import ConfigDict

from gan_jax.configs import files, lookup, overrides, sections
from gan_jax.configs.fields import Field

PACKAGES = {  # of sections whose field `name` is a module, or an attribute of one
  **{section: (package, 'make') for section, package in sections.PACKAGES.items()},
  'generator': ('models', 'Generator'),
  'discriminator': ('models', 'Discriminator'),
}
HEAD = """# Fields

Every field of a config: its default, its range and what it means, written from the code by
`python -m gan_jax.configs.describe`. `--config.SECTION.FIELD=VALUE` sets one; `--config.SECTION=` shows
those of an experiment with the values that it has, some of which its file sets.
"""


def experiments(width: int = 110) -> str:
  """The experiments of this package: the name, what it is, and on a second line what it was measured at."""
  lines = []
  for file in files.experiments():
    for left, text in zip((file.stem, ''), summary(file), strict=True):
      lines.append(f'{left:22}{textwrap.shorten(text, width - 22, placeholder=" ...")}')
  return '\n'.join(lines)


def summary(file: Path) -> tuple[str, str]:
  """(what it is, what it was measured at: hardware, time, result) of a config file, by its docstring."""
  text = ast.get_docstring(ast.parse(file.read_text())) or ''
  measured = ' '.join(text.split()).partition('Measured ')[2].removeprefix('on ').removeprefix('with ')
  return text.partition('\n')[0], re.sub(r' \((AMD|Intel)[^)]*\)', '', measured)


def fields(config: ConfigDict, section: str, width: int = 110) -> str:
  """A table of the fields of a section, or of the one field, of a complete config. Raises UserError."""
  declared = sections.declared(config)
  found = {path: field for path, field in declared.items() if f'{path}.'.startswith(f'{section}.')}
  if not found:
    raise overrides.unknown(section, declared)
  lines = []
  for path, field in found.items():
    parent, last = overrides.find(config, path)
    default = '' if parent[last] == field.default else f' (default {_shown(field.default)})'
    lines.append(f'--config.{path}={_shown(parent[last])}{default}')
    words = f'{field.about}; {field.words}' if field.words else field.about
    lines += textwrap.wrap(words, width - 4, initial_indent='    ', subsequent_indent='    ')
  return '\n'.join(lines)


def page() -> str:
  """All fields of all sections and modules, as docs/fields.md has them."""
  parts = [HEAD]
  for section, value in files.declared().items():
    parts.append(f'\n## {section}\n')
    known = {section: value} if isinstance(value, Field) else {f'{section}.{k}': v for k, v in value.items()}
    parts.append(_table(known))
    for title, more in _modules(section):
      parts.append(f'\n{title}:\n\n{_table({f"{section}.{k}": v for k, v in more.items()})}')
  return '\n'.join(parts) + '\n'


def _modules(section: str) -> Iterable[tuple[str, dict[str, Field]]]:
  """(a heading, fields) of each module that a section may name; of optimizers of the usual one."""
  if section.endswith('_optimizer'):
    return [(f'With `{section}.name=adam`', sections.options(section, 'adam'))]
  if section == 'penalty':
    return [('The penalties of this package', sections.options(section, ''))]
  if section not in PACKAGES:
    return []
  package, attribute = PACKAGES[section]
  added = ((name, sections.options(section, name)) for name in lookup.names(package, attribute))
  return [(f'With `{section}.name={name}`', more) for name, more in added if more]


def _table(known):
  rows = ['| field | default | range | meaning |', '| --- | --- | --- | --- |']
  for path, field in known.items():
    words, about = field.words.replace(' | ', ' or '), field.about.replace('|', '\\|')
    rows.append(f'| `{path}` | `{_shown(field.default)}` | {words} | {about} |')
  return '\n'.join(rows)


def _shown(value):
  """A value as a flag may have it."""
  return value if isinstance(value, str) and value else repr(value)


if __name__ == '__main__':
  (files.FOLDER.parent / 'docs' / 'fields.md').write_text(page())
