"""Walks in the latents of a trained generator, as moving pictures."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from tqdm import tqdm

from gan_jax import errors
from gan_jax.inference import inputs, sample
from gan_jax.views import grids, latent_space, movies

KINDS = ('.gif', '.mp4')
WALKS = 16  # in a picture
SECONDS = 2.0  # from one latent to the next
FPS = 20.0  # 50 ms a frame, which a GIF can tell
FASTEST = 60
WIDE = 512  # pixels of a picture, about


def write(
  folder: str | Path,
  stops: int,
  out: Path,
  seconds: float | None = None,
  fps: float | None = None,
  walks: int | None = None,
  seed: int = 0,
  copy: int | str | None = None,
  at: int | str | None = None,
  asked: Mapping[str, Any] | None = None,
  keep: float = 1.0,
  reject: str = '',
  ema: str = '',
  psi: float = 1.0,
  notice: Callable = print,
) -> list[Path]:
  """The files of a grid of walks, each a round through `stops` random latents: `out`, an .mp4 or .gif.

  Of a folder `out` both, walk.gif and walk.mp4, or the first alone where no MP4 can be made, which `notice`
  is told. The other arguments are as in sample.write. Raises UserError for what cannot be walked in.
  """
  walks, fps = WALKS if walks is None else walks, FPS if fps is None else fps
  seconds = stops * SECONDS if seconds is None else seconds
  check(stops, seconds, fps, walks)
  files = destinations(out, notice)
  sampler = sample.chosen(folder, copy, at, asked, keep, reject, ema, psi)[-1]
  count = max(2, round(seconds * fps))
  for file in files:  # made anew for each, so that no more than a few frames are held
    frames = latent_space.walk(sampler, walks, stops, count, seed)
    bar = tqdm(frames, file.name, total=count, unit='frame', disable=None)
    movies.write(file, map(tiled, bar), count, fps)
  return files


def tiled(images: Float[np.ndarray, 'walks ...']) -> movies.Frame:
  """One frame, a grid as wide as high. Raises UserError for what is no image."""
  if images.ndim != 4:
    raise errors.UserError(f'--walk shows images, and this run makes arrays of {list(images.shape[1:])}')
  return grids.tile(images, math.ceil(math.sqrt(len(images))), WIDE)


def check(stops: int, seconds: float, fps: float, walks: int) -> None:
  """Raises UserError for numbers of which no walk can be made."""
  if stops < 2:
    raise errors.UserError(f'--walk={stops}: a walk goes through 2 latents at least')
  if not 0 < seconds < math.inf:
    raise errors.UserError(f'--seconds={seconds:g}: must be above 0')
  if not 1 <= fps <= FASTEST:
    raise errors.UserError(f'--fps={fps:g}: must be in 1 to {FASTEST} frames a second')
  if walks < 1:
    raise errors.UserError(f'--num_samples={walks}: must be at least 1')


def destinations(out: Path, notice: Callable = print) -> list[Path]:
  """The files that are written. Raises UserError for a file that is neither GIF nor MP4."""
  out = out.expanduser()
  if out.suffix.lower() in KINDS and not out.is_dir():
    if out.suffix.lower() == '.mp4':
      movies.encoder()  # raises at once, before anything is drawn
    return [out]
  if (out.suffix.lower() in inputs.SUFFIXES and not out.is_dir()) or out.is_file():
    raise errors.UserError(
      f'--out={out}: a walk becomes a folder, or a file that ends in {" or ".join(KINDS)}'
    )
  try:
    movies.encoder()
  except errors.UserError as error:
    notice(f'no walk.mp4: {error}')
    return [out / 'walk.gif']
  return [out / f'walk{kind}' for kind in KINDS]
