"""Samples as files: numbered PNGs in a folder, or one array."""

import concurrent.futures
import functools
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from gan_jax import errors
from gan_jax.data.dataset import to_uint8
from gan_jax.gans.sampler import BATCH, Sampler
from gan_jax.runs import files

NOTE = 'a sample of gan_jax'  # in each PNG, which is known by it


def save(experiment: Any, sampler: Sampler, count: int, out: Path, seed: int) -> None:
  """Writes `count` images: PNG files in the folder `out`, or one uint8 array 'images' if it ends in .npz.

  The numbered files of an earlier call are removed from the folder, which is said. Raises UserError if there
  are numbered images that are none.
  """
  digits, kept, array = max(6, math.ceil(math.log10(count + 1))), [], out.suffix == '.npz'
  if not array:
    clear(out)
  write = functools.partial(files.save_png, fast=True, note=NOTE)
  with concurrent.futures.ThreadPoolExecutor() as pool, tqdm(total=count, unit='image') as bar:
    for start in range(0, count, 8 * BATCH):
      some = min(8 * BATCH, count - start)
      pixels = np.asarray(to_uint8(sampler.generate(sampler.draw(some, seed, start))))
      if array:
        kept.append(pixels)
      else:
        paths = [out / f'{start + i:0{digits}d}.png' for i in range(some)]
        list(pool.map(write, paths, pixels))
      bar.update(some)
  if array:
    files.save_npz(out, images=np.concatenate(kept))


def clear(folder: Path) -> None:
  """Removes the samples in a folder and says so. Raises UserError for numbered images that are none."""
  numbered = sorted(path for path in folder.glob('*.png') if re.fullmatch(r'\d{6,}', path.stem))
  for path in numbered:
    if files.note_of(path) != NOTE:
      raise errors.UserError(
        f'{path} is no sample that this program has written: remove it, or choose another --out'
      )
  for path in numbered:
    path.unlink()
  if numbered:
    print(f'{folder}: removed the {len(numbered)} samples of an earlier call')
