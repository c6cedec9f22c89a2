"""Names that users type: modules found by name, near names for typing errors, and the one-line error."""

import difflib
import importlib
import pkgutil
import sys


class UserError(ValueError):
  """Something that the user can mend; its message is one line that says what and how."""


def unknown(kind, name, known):
  """A UserError for a name that does not exist: says the near name, or lists the known ones."""
  known = sorted(known)
  near = difflib.get_close_matches(str(name), known, n=1)
  hint = f'did you mean {near[0]!r}?' if near else f'known: {", ".join(known)}'
  if near and len(known) <= 16:
    hint += f' (known: {", ".join(known)})'
  return UserError(f'unknown {kind} {name!r}; {hint}')


def module(package, name, attribute):
  """The module `gan_jax.{package}.{name}` that has `attribute` ('make', 'Generator', ...).

  Raises UserError, with the known names, if there is none.
  """
  parent = importlib.import_module(f'gan_jax.{package}')
  files = {info.name for info in pkgutil.iter_modules(parent.__path__)}

  def load(file):
    return importlib.import_module(f'gan_jax.{package}.{file}')

  if name not in files or not hasattr(load(name), attribute):
    raise unknown(f'name in {package}', name, [file for file in files if hasattr(load(file), attribute)])
  return load(name)


def run(main, interrupted):
  """Ends the process with what main(words of the command line) returns.

  A UserError ends it with its one line, Ctrl-C with the line `interrupted`.
  """
  try:
    sys.exit(main(sys.argv[1:]))
  except UserError as error:
    sys.exit(f'error: {error}')
  except KeyboardInterrupt:
    sys.exit(interrupted)
