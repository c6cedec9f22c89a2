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


def load(path: str | Path) -> tuple[dict, str]:
  """(the params of network.InceptionV3, SHA-256 of the file). Raises UserError that says what is wrong."""
  file = Path(path).expanduser()
  if not path or not file.is_file():
    raise errors.UserError(
      f'evaluate.weights={path}: no such file; {NAME} ({BYTES:,} bytes, SHA-256'
      f' {SHA256[:12]}...) is published at {PUBLISHERS[0]}'
    )
  digest = hashlib.sha256(file.read_bytes()).hexdigest()
  return params(reading.arrays(file), file), digest


def known(digest: str) -> bool:
  """Whether these are the published weights, byte for byte."""
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
