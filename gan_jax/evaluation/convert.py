"""Writes the Inception network's weights as a .safetensors file, which holds arrays and no program.

python -m gan_jax.evaluation.convert IN OUT.safetensors

IN is a .pth, .npz or .safetensors file. OUT notes the SHA-256 of IN, so that scores name the published file,
and one of the arrays themselves: see inception/weights.load.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import numpy

from gan_jax import errors
from gan_jax.evaluation.inception import weights
from gan_jax.runs import files


def convert(source: Path, out: Path) -> str:
  """Writes `out`; returns the hash that these weights are known by.

  Raises UserError where the source is not there or has not the network's arrays, and where `out` is no
  .safetensors file or cannot be written.
  """
  if out.suffix != '.safetensors':
    raise errors.UserError(f'{out}: what is written is a .safetensors file, so let its name end with that')
  if not source.is_file():
    raise errors.UserError(f'{source}: no such file')
  arrays, digest, content = weights.read(source)
  weights.params(arrays, source)  # raises
  arrays = {name: np.asarray(array, order='C') for name, array in arrays.items()}  # as it wants them
  with files.whole(out) as partial:
    numpy.save_file(arrays, partial, {weights.SOURCE: digest, weights.CONTENT: content})
  return weights.load(out)[1]


def main(words: Sequence[str]) -> int:
  """Returns the exit status."""
  if len(words) != 2:
    raise errors.UserError('give two files: python -m gan_jax.evaluation.convert IN OUT.safetensors')
  source, out = map(Path, words)
  name = convert(source, out)
  whose = 'the published weights' if weights.known(name) else 'weights that are not the published ones'
  print(f'{out}: {whose}, which scores name {name}')
  return 0


if __name__ == '__main__':
  try:
    sys.exit(main(sys.argv[1:]))
  except errors.UserError as error:
    sys.exit(f'error: {error}')
