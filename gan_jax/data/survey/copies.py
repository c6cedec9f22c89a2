"""Files that are the same, byte by byte."""

import concurrent.futures
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gan_jax.data.decoding import regular

MOST = 20_000  # files that are read
BYTES = 1 << 30  # and bytes of them
THREADS = 8


class Copies(NamedTuple):
  """Files that are copies of others."""

  of: dict[str, str]  # {name: the first file that is the same}
  all: bool  # whether all files were compared, or MOST of those that may be copies


def find(root: Path, found: Mapping[str, int]) -> Copies:
  """The Copies among files {name: bytes}: those of a size that no other has are not read."""
  alike = {}
  for name, size in found.items():
    alike.setdefault(size, []).append(name)
  groups = sorted((len(same), size) for size, same in alike.items() if size and len(same) > 1)
  names, left = [], BYTES
  for count, size in groups:
    if len(names) + count <= MOST and count * size <= left:
      names += alike[size]
      left -= count * size
  first, copies = {}, {}
  with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
    for name, digest in zip(names, pool.map(lambda name: _digest(root / name), names), strict=True):
      if digest:
        copies[name] = first.setdefault(digest, name)
  of = {name: original for name, original in sorted(copies.items()) if name != original}
  return Copies(of, len(names) == sum(count for count, _ in groups))


def _digest(path):
  try:
    with regular.opened(path) as file:
      return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest()
  except OSError:
    return None
