"""Arrays that take long to compute, in a folder of the user's cache, by a hash of what they come from."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gan_jax import errors
from gan_jax.runs import files

VERSION = 1  # raise it when the same key would give other arrays


def arrays(
  cache: str, name: str, key: Any, make: Callable[[], Mapping[str, np.ndarray]]
) -> dict[str, np.ndarray]:
  """{name: array} that make() gave for this `key`, anything JSON, now or before.

  `cache` is the folder; with '', or where nothing can be written, nothing is kept. A broken file is made
  anew.
  """
  if not cache:
    return dict(make())
  file = Path(cache).expanduser() / f'{name}-{digest(json.dumps([VERSION, key]).encode())}.npz'
  # not there, or cut off: NumPy raises nearly every kind there is
  with contextlib.suppress(Exception), np.load(file, allow_pickle=False) as found:
    return {part: found[part] for part in found.files}
  made = dict(make())
  with contextlib.suppress(errors.UserError):
    files.save_npz(file, **made)
  return made


def digest(*parts: bytes) -> str:
  """Sixteen letters and digits that tell these bytes from all others."""
  found = hashlib.sha256()
  for part in parts:
    found.update(part)
  return found.hexdigest()[:16]
