"""Translations by trained networks, from Python and as files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from gan_jax import errors
from gan_jax.data.decoding import images
from gan_jax.gans import contract
from gan_jax.inference import buckets, inputs
from gan_jax.inference.translator import Translator
from gan_jax.runs import files
from gan_jax.training import setup


def load(
  folder: str | Path,
  seed: int = 0,
  back: bool = False,
  copy: int | str | None = None,
  at: int | str | None = None,
) -> Translator:
  """The Translator of a run folder; `copy`, and `at` which step, as in setup.load. Raises UserError."""
  experiment, state = setup.load(folder, at, copy)
  return Translator(experiment, contract.averaged(state), seed, back)


def write(
  translator: Translator,
  source: str | Path,
  out: Path,
  mask: str | Path = '',
  attributes: list[str] | None = None,
) -> int:
  """Writes a PNG file in the folder `out` for the image `source`, or for each below the folder `source`.

  Of one image `out` may be the file, if it ends in .png. `mask` is an image, or a folder with one for each
  image by its name, light where it is missing; `attributes` are the names of those that the images are to
  have, no others. Returns how many were written, and says which files are no images. Raises UserError, before
  anything is written, for what could not be written or would be written over an input.
  """
  root, names = inputs.listed(source)
  targets = inputs.outputs(source, names, out.expanduser())
  asked = vector(translator, attributes)
  if mask and 'mask' not in translator.drawn:
    raise errors.UserError(f'{translator.config.gan.name} fills nothing in: leave --mask out')
  masks = inputs.masks(mask, names) if mask else {}
  inputs.refuse_overwriting(targets.values(), [*(root / name for name in names), *masks.values()])
  sizes, bad = measured(root, names)
  if masks:
    inputs.refuse_other_sizes(masks, sizes)
  bad += _translate(translator, root, sizes, targets, masks, asked)
  inputs.tell_unread(source, bad, len(names))
  return len(names) - len(bad)


def measured(root: Path, names: list[str]) -> tuple[dict[str, buckets.Size], list[str]]:
  """({name: (H, W)} of images, those that are no images)."""
  sizes, bad = {}, []
  for name in names:
    try:
      sizes[name] = images.size_of(root / name)
    except images.BadImage:
      bad.append(name)
  return sizes, bad


def _translate(
  translator: Translator,
  root: Path,
  sizes: Mapping[str, buckets.Size],
  targets: Mapping[str, Path],
  masks: Mapping[str, Path],
  asked: Mapping[str, Any],
) -> list[str]:
  """Writes the translations, one size after the other; returns the names of files that cannot be read."""
  bad, background = [], translator.config.data.get('background', 'white')
  with tqdm(total=len(sizes), unit='image', disable=None) as bar:
    for size, names in buckets.group(sizes, translator.size).items():
      bar.set_description_str('compiling {}x{}'.format(*size))
      for name in names:
        try:
          image = images.whole(root / name, translator.channels, background)
          holes = {'mask': inputs.hole(masks[name])} if masks else {}
        except images.BadImage:
          bad.append(name)
        else:
          enough = tuple(map(max, size, image.shape))  # a file may have changed since it was measured
          files.save_png(targets[name], translator(image, enough, **asked, **holes), fast=True)
          bar.set_description_str('translating {}x{}'.format(*size))
        bar.update()
  return bad


def vector(translator: Translator, wanted: list[str] | None) -> dict[str, np.ndarray]:
  """{'wanted': attributes [K] of 0 and 1}, of which those `wanted`, by name, are 1; {} for None.

  Raises UserError for attributes that are missing, or that the GAN does not know.
  """
  known = list(translator.spec.attribute_names) if 'wanted' in translator.drawn else []
  if known and wanted is None:
    raise errors.UserError(f'which attributes? --attributes= and some of {", ".join(known)}')
  for name in wanted or ():
    if name not in known:
      raise errors.unknown('attribute in --attributes', name, known or ['none for this GAN'])
  return {} if wanted is None else {'wanted': np.array([name in wanted for name in known], np.float32)}
