"""Images of a folder as a trained generator makes them: their latents as files, pictures, distances."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from ml_collections import ConfigDict
from tqdm import tqdm

from gan_jax import errors
from gan_jax.data.dataset import to_float
from gan_jax.data.decoding import images
from gan_jax.inference import inputs, sample
from gan_jax.inference.projector import STARTS, STEPS, Projection, Projector
from gan_jax.runs import files
from gan_jax.training import setup
from gan_jax.views import grids

DISTANCES = 'distances.json'


def load(
  folder: str | Path,
  steps: int | None = None,
  starts: int | None = None,
  seed: int = 0,
  copy: int | str | None = None,
  at: int | str | None = None,
  asked: Mapping[str, Any] | None = None,
) -> tuple[Projector, ConfigDict]:
  """(the Projector of a run folder, its config.data); `at` as in setup.load, `asked` in Sampler.asking.

  Raises UserError for a run that makes no images of latents.
  """
  experiment, state = setup.load(folder, at, copy)
  if not experiment.gan.presentation.from_noise:
    raise errors.UserError(
      f'--mode=project finds latents, and {experiment.config.gan.name} makes images of images: use'
      ' --mode=translate'
    )
  sampler = experiment.sampler(state).asking(**sample.of_all_classes(asked or {}, experiment.spec))
  steps, starts = STEPS if steps is None else steps, STARTS if starts is None else starts
  return Projector(sampler, steps, starts, seed), experiment.config.data


def write(projector: Projector, options: ConfigDict, source: str | Path, out: Path) -> int:
  """Writes for the image `source`, or for each below the folder `source`, a .npz and a .png, and DISTANCES.

  They lie in the folder `out`, or `out` is the .png. Images are brought to the run's size as `options`, its
  config.data, say. In an .npz is all that G is given. Returns how many were written, and says which files are
  no images. Raises UserError, before anything is written, for what could not be, or would be written over an
  input.
  """
  root, names = inputs.listed(source)
  out = out.expanduser()
  targets = inputs.outputs(source, names, out)
  place = out.parent if out in targets.values() else out
  inputs.refuse_overwriting(targets.values(), [root / name for name in names])
  told, bad = {}, []
  with tqdm(total=len(names) * projector.steps, unit='step', disable=None) as bar:
    for name in names:
      bar.set_description_str(errors.printable(name))
      try:
        image = given(root / name, projector.shape, options)
      except images.BadImage:
        bad.append(name)
        bar.update(projector.steps)
        continue
      found = projector(image, bar.update)
      files.save_npz(targets[name].with_suffix('.npz'), **found.drawn)
      files.save_png(targets[name], picture(image, found))
      told[name] = found.distances
      record = {'steps': projector.steps, 'space': projector.space.name, 'images': told}
      files.write_whole(place / DISTANCES, json.dumps(record, indent=2))
  inputs.tell_unread(source, bad, len(names))
  return len(told)


def given(file: Path, shape: tuple[int, ...], options: ConfigDict) -> Float[np.ndarray, 'H W C']:
  """The image of a file in [-1, 1], brought to the run's size as its data are: stretched, or else cropped.

  Raises BadImage, and UserError for a run whose images no file holds.
  """
  if shape[-1] not in images.MODES:
    raise errors.UserError(f"files hold 1, 3 or 4 channels, and this run's images have {shape[-1]}")
  resize = 'stretch' if options.get('resize') == 'stretch' else 'crop'
  pixels = images.decode(file, shape[:2], shape[-1], resize, options.get('background', 'white'))
  return np.asarray(to_float(pixels), np.float32)


def picture(image: Float[np.ndarray, 'H W C'], found: Projection) -> grids.Pixels:
  """What was given, what was found, and the images on the way to it."""
  columns = {'given': image, 'found': found.image, **found.between}
  return grids.table({heading: some[None] for heading, some in columns.items()}, captions=[line(found)])


def line(found: Projection) -> str:
  """'PSNR 24.1 dB, 1.02 spreads from the mean'."""
  return 'PSNR {psnr:.1f} dB, {spreads_from_the_mean:.2f} spreads from the mean'.format(**found.distances)
