"""Sheets of what a generator of latents, or of styles, has learned: truncation, mixed styles, directions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from gan_jax import errors
from gan_jax.gans import directions
from gan_jax.gans.space import Space, repeated
from gan_jax.views import grids

Rows = dict[str, Float[np.ndarray, 'N H W C']]
SEED = 4
COLUMNS = 8
PSI = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
DIRECTIONS, REACH = 6, 3  # rows of a sheet; how many spreads it goes to either side
BANDS = ('coarse', 'middle', 'fine')


def pictures(sampler: Any) -> dict[str, UInt8[np.ndarray, 'H W 3']]:
  """{file name: sheet}, of those that this generator has: {} of one without latents."""
  found = {}
  for name, sheet in {'truncation': truncation, 'directions': sefa, 'mixing': mixing}.items():
    try:
      rows = sheet(Space(sampler))
    except errors.UserError:  # such a generator has no such sheet
      continue
    if rows:
      side = max(images.shape[2] for images in rows.values())
      found[name] = grids.rows(rows, max(640, COLUMNS * side))
  return found


def truncation(space: Space, columns: int = COLUMNS) -> Rows:
  """{'psi 1': images, ...}: the same points in a column, nearer to the mean from row to row."""
  drawn = space.sampler.draw(columns, SEED)
  points = space.points(drawn)
  every = np.concatenate([space.truncated(points, psi) for psi in PSI])
  return _rows([f'psi {psi:g}' for psi in PSI], space.images(_tiled(drawn, len(PSI)), every))


def sefa(space: Space, count: int = DIRECTIONS) -> Rows:
  """{'direction 1': images, ...}: one point moved along each by -REACH to REACH spreads.

  Raises UserError for a generator that has no directions, see directions.sefa.
  """
  drawn = space.sampler.draw(1, SEED)
  found, _ = directions.sefa(space, drawn, count)
  steps = np.arange(-REACH, REACH + 1) * space.spread
  moved = (steps[:, None] * found[:, None]).reshape(-1, found.shape[-1])
  points = space.points(drawn) + moved.reshape(len(moved), *[1] * (len(space.shape) - 1), -1)
  return _rows(
    [f'direction {k + 1}' for k in range(len(found))], space.images(repeated(drawn, len(points)), points)
  )


def mixing(space: Space, columns: int = COLUMNS - 1) -> Rows:
  """{heading: images}: those of the top with the styles of the image at the left in a third of the layers.

  Karras et al. 2019, fig. 3. {} of a generator without styles, or with fewer than three layers of them.
  """
  if space.name != 'styles' or space.shape[0] < len(BANDS):
    return {}
  drawn = space.sampler.draw(columns + len(BANDS), SEED)
  points = space.points(drawn)
  left, top = points[: len(BANDS)], points[len(BANDS) :]
  mixed, bands = [], np.array_split(np.arange(space.shape[0]), len(BANDS))
  for source, band in zip(left, bands, strict=True):
    some = np.array(top)
    some[:, band] = source[band]
    mixed.append(np.concatenate([source[None], some]))
  alike = {name: value[len(BANDS) :] for name, value in drawn.items()}
  first = space.images(alike, top)
  blank = np.ones_like(first[:1])
  rest = repeated(drawn, len(BANDS) * (columns + 1))
  headings = [f'{band} of the left' for band in BANDS]
  return {'': np.concatenate([blank, first]), **_rows(headings, space.images(rest, np.concatenate(mixed)))}


def _rows(headings, images) -> Rows:
  return dict(zip(headings, images.reshape(len(headings), -1, *images.shape[1:]), strict=True))


def _tiled(drawn: Mapping[str, Any], times: int) -> dict[str, Any]:
  return {name: np.concatenate([value] * times) for name, value in drawn.items()}
