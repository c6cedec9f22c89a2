"""The published weights of the FID's network, from a local file of several formats."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from gan_jax import errors
from gan_jax.evaluation.inception import network, reading

NAME = 'weights-inception-2015-12-05-6726825d.pth'
BYTES = 95_628_359
SHA256 = '6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2'
PUBLISHERS = (
  'https://github.com/toshas/torch-fidelity/releases/tag/v0.2.0',
  'https://github.com/mseitzer/pytorch-fid/releases/tag/fid_weights',
)
EPSILON = 1e-3  # of its batch norm
SOURCE, CONTENT = 'source_sha256', 'content_sha256'  # what a converted file notes


def load(path: str | Path) -> tuple[dict, str]:
  """(the params of network.InceptionV3, the hash that these weights are known by).

  That is the SHA-256 of the published file, for its bytes and for what evaluation.convert has made of them,
  and `content` for any other: one hash for the same weights in any format. A converted file says itself what
  it was made of; that it is what it says is held to its `content`, which finds damage, not forgery. Raises
  UserError that says what is wrong.
  """
  file = Path(path).expanduser()
  if not path or not file.is_file():
    raise errors.UserError(
      f'evaluate.weights={path}: no such file; {NAME} ({BYTES:,} bytes, SHA-256'
      f' {SHA256[:12]}...) is published at {PUBLISHERS[0]}'
    )
  arrays, digest, found = read(file)
  return params(arrays, file), SHA256 if known(digest) else found


def read(file: Path) -> tuple[dict[str, np.ndarray], str, str]:
  """({name: array}, SHA-256 of the file or of the one that it was converted from, `content`).

  Raises UserError for a file that cannot be read, or whose arrays are not those that it says it has.
  """
  arrays, digest = reading.arrays(file), hashlib.sha256(file.read_bytes()).hexdigest()
  noted, found = reading.notes(file), content(arrays)
  if CONTENT in noted and noted[CONTENT] != found:
    raise errors.UserError(f'{file} does not have the arrays that it was written with: convert them anew')
  return arrays, noted.get(SOURCE, digest), found


def content(arrays: Mapping[str, np.ndarray]) -> str:
  """A SHA-256 of the names, types, shapes and numbers of arrays: the same in any format."""
  digest = hashlib.sha256()
  for name, array in sorted(arrays.items()):
    array = array.astype(array.dtype.newbyteorder('<'), copy=False)
    digest.update(f'{name} {array.dtype.str} {array.shape}\n'.encode())
    digest.update(array.tobytes())
  return digest.hexdigest()


def known(digest: str) -> bool:
  """Whether these are the published weights."""
  return digest == SHA256


def params(arrays: Mapping[str, np.ndarray], source: object) -> dict:
  """The network's params from arrays by the published names, batch norm folded in. Raises UserError."""
  units = {name: unit(arrays, name, source) for name in units_of(network.STEM)}
  for block, branches in network.BLOCKS.items():
    names = [name for branch in branches for name in units_of(branch)]
    units[block] = {name: unit(arrays, f'{block}.{name}', source) for name in names}
  return {**units, 'fc': {'kernel': get(arrays, 'fc.weight', source).T}}


def units_of(branch: tuple) -> Iterator[str]:
  """The names of the convolutions of a branch, without pools."""
  for part in branch:
    if isinstance(part, tuple):
      yield part[0]
    elif isinstance(part, Mapping):
      yield from part


def unit(arrays: Mapping[str, np.ndarray], name: str, source: object) -> dict[str, np.ndarray]:
  """{'kernel' [h, w, C, D], 'bias' [D]} of a convolution and the batch norm after it, which are one map."""
  get_one = lambda part: np.asarray(get(arrays, f'{name}.{part}', source), np.float64)
  scale = get_one('bn.weight') / np.sqrt(get_one('bn.running_var') + EPSILON)
  kernel = get_one('conv.weight').transpose(2, 3, 1, 0) * scale
  bias = get_one('bn.bias') - get_one('bn.running_mean') * scale
  return {'kernel': kernel.astype(np.float32), 'bias': bias.astype(np.float32)}


def get(arrays: Mapping[str, np.ndarray], name: str, source: object) -> np.ndarray:
  """The array of this name."""
  if name not in arrays:
    raise errors.UserError(f'{source} has no {name}: these are not the weights of the Inception network')
  return arrays[name]
