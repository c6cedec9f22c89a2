"""The one-line error of what a user can mend, and near names for typing errors."""

import difflib
import errno
from collections.abc import Iterable

PASSING = (  # of an OSError: what fails for a while, and not for the sake of a file
  *(errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN),
  *(errno.EMFILE, errno.ENFILE),
)

UNREADABLE = (*PASSING, errno.EACCES, errno.EPERM)  # what may be sound, and cannot be read now

LONGEST = 3000  # signs of a line: what files say of themselves may be of any length


class UserError(ValueError):
  """Something that the user can mend; its message is one line that says what and how."""

  def __str__(self):
    text = printable(super().__str__())
    return text if len(text) <= LONGEST else f'{text[:LONGEST]}...'


class Busy(UserError):
  """A UserError of a run that another process trains."""


class TooLarge(UserError):
  """A UserError of what does not fit into memory, of which a part may."""


def of_disk(error: BaseException) -> bool:
  """Whether a UserError has come of a disk, which may have room later; Pillow's have no number."""
  return isinstance(error.__cause__, OSError) and error.__cause__.errno is not None


def printable(text: str) -> str:
  """The text in one line that any terminal takes: names of files may have line ends, and bytes of no text."""
  return ''.join(sign if sign.isprintable() else '?' for sign in text)


def reason(error: BaseException, most: int = 200) -> str:
  """What an exception says, in so many characters: that of a hostile file may have all of it."""
  text = f'{type(error).__name__}: {error}' if str(error) else type(error).__name__
  return text if len(text) <= most else f'{text[:most]}...'


def unknown(kind: str, name: str, known: Iterable[str]) -> UserError:
  """A UserError for a name that does not exist: says the near name, or lists the known ones."""
  known = sorted(known)
  near = difflib.get_close_matches(str(name), known, n=1)
  hint = f'did you mean {near[0]!r}?' if near else f'known: {", ".join(known)}'
  if near and len(known) <= 16:
    hint += f' (known: {", ".join(known)})'
  return UserError(f'unknown {kind} {name!r}; {hint}')
