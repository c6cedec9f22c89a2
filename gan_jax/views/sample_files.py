"""Samples as files: numbered PNGs in a folder, or one array; with what they were asked for."""

import concurrent.futures
import csv
import functools
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from gan_jax import errors
from gan_jax.data import law
from gan_jax.data.dataset import to_uint8
from gan_jax.data.spec import Spec
from gan_jax.gans.sampler import BATCH
from gan_jax.runs import files

CONDITIONS = 'conditions.csv'
NOTE = 'a sample of gan_jax'  # in each PNG, which is known by it


def save(experiment: Any, sampler: Any, count: int, out: Path, seed: int) -> None:
  """Writes `count` images: PNG files in the folder `out`, or one uint8 array 'images' if it ends in .npz.

  Those of classes lie in sub-folders with their names, attributes and values in the table CONDITIONS, so that
  data.name=folder reads them again; in an .npz file they are arrays 'label', 'attributes', 'values'. The
  numbered files of an earlier call are removed from the folder, which is said. Raises UserError if there are
  numbered images that are none.
  """
  digits, kept, told, array = max(6, math.ceil(math.log10(count + 1))), [], [], out.suffix == '.npz'
  folders = names_of_folders(sampler.spec.label_names)
  if not array:
    clear(out, folders)
  write = functools.partial(files.save_png, fast=True, note=NOTE)
  with concurrent.futures.ThreadPoolExecutor() as pool, tqdm(total=count, unit='image') as bar:
    for start in range(0, count, 8 * BATCH):
      some = min(8 * BATCH, count - start)
      drawn = sampler.draw(some, seed, start)
      pixels = np.asarray(to_uint8(sampler.generate(drawn)))
      told.append({name: drawn[f'fake_{name}'] for name in law.CONDITIONS if f'fake_{name}' in drawn})
      if array:
        kept.append(pixels)
      else:
        labels = told[-1].get('label', ()) if folders else ()
        below = [folders[k] for k in labels] if len(labels) else [''] * some
        paths = [out / below[i] / f'{start + i:0{digits}d}.png' for i in range(some)]
        list(pool.map(write, paths, pixels))
        told[-1]['file'] = [path.relative_to(out).as_posix() for path in paths]
      bar.update(some)
  found = {name: np.concatenate([some[name] for some in told]) for name in told[0]}
  if array:
    files.save_npz(out, images=np.concatenate(kept), **found)
  elif {'attributes', 'values'} & set(found):
    write_table(out / CONDITIONS, sampler.spec, found)


def names_of_folders(label_names: Sequence[str]) -> list[str]:
  """Of classes: their names, in signs that any file system takes, with their numbers if two are alike."""
  names = [re.sub(r'[^\w .+-]+', '_', name).strip(' .') or '_' for name in label_names]
  alike = len({name.lower() for name in names}) < len(names) or {'train', 'test', 'val'} & set(names)
  return [f'{k:04d} {name}' for k, name in enumerate(names)] if alike else names


def write_table(path: Path, spec: Spec, told: Mapping[str, np.ndarray]) -> None:
  """Writes a row for each file: its attributes as 0 and 1, its values in the data's units."""
  columns = {'file': told['file']}
  if 'attributes' in told:
    names = spec.attribute_names or map(str, range(told['attributes'].shape[1]))
    columns |= zip(names, (told['attributes'] > 0.5).astype(int).T, strict=True)
  for k, (name, low, high) in enumerate(spec.value_ranges if 'values' in told else ()):
    columns[name] = [f'{low + (value + 1) / 2 * (high - low):.6g}' for value in told['values'][:, k]]
  with files.whole(path) as partial, open(partial, 'w', newline='', encoding='utf-8') as file:
    table = csv.writer(file)
    table.writerow(columns)
    table.writerows(zip(*columns.values(), strict=True))


def clear(folder: Path, below: Sequence[str] = ()) -> None:
  """Removes the samples in a folder, and in these below it, and says so.

  Raises UserError for numbered images that are none.
  """
  found = [path for some in ('', *below) for path in (folder / some).glob('*.png')]
  numbered = sorted(path for path in found if re.fullmatch(r'\d{6,}', path.stem))
  for path in numbered:
    if files.note_of(path) != NOTE:
      raise errors.UserError(
        f'{path} is no sample that this program has written: remove it, or choose another --out'
      )
  for path in numbered:
    path.unlink()
  if numbered:
    print(f'{folder}: removed the {len(numbered)} samples of an earlier call')
