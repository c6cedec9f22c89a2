"""Maps into a box and out of it, as in gan_jax.models.layers.boxes, by the spatial transformer of PyTorch.

A box [B, 4] is [top, left, bottom, right] in [0, 1] of the map. Places do not depend on the size of the maps
that are drawn, so that those of a box serve many.
"""

import torch
from torch.nn.functional import grid_sample

LEAST = 1e-3  # the side of a box that is taken for an empty one


def replicate(vectors, size):
  """Maps [B, K, *size] that have a vector [B, K] at each place."""
  return vectors[..., None, None].expand(-1, -1, *size)


def warp(maps, places, weights):
  """Maps at places [B, H, W, 2] of theirs, as (x, y) in [-1, 1], times weights [B, 1, H, W]."""
  return grid_sample(maps, places, padding_mode='border', align_corners=False) * weights


def into(boxes, size):
  """The places and weights by which `warp` draws the whole of maps into boxes: layers.paste."""
  return both(boxes, size, share_of_box)


def out_of(boxes, size):
  """The places and weights by which `warp` gives what is in boxes: layers.crop."""
  return both(boxes, size, place_in_box)


def both(boxes, size, of):
  """Places [B, H, W, 2] and weights [B, 1, H, W] of both axes; `of(low, high, count)` gives those of one."""
  (rows, inside_rows), (columns, inside_columns) = (
    of(boxes[:, axis, None], boxes[:, axis + 2, None], count) for axis, count in enumerate(size)
  )
  shape = len(boxes), *size
  places = [columns[:, None].expand(shape), rows[..., None].expand(shape)]
  return 2 * torch.stack(places, -1) - 1, (inside_rows[..., None] * inside_columns[:, None])[:, None]


def share_of_box(low, high, count):
  """How far through the box each of `count` pixels is [B, count], and how much of it the box covers."""
  edges = torch.arange(count + 1, device=low.device) / count
  covered = (torch.minimum(high, edges[1:]) - torch.maximum(low, edges[:-1])) * count
  middles = (edges[1:] + edges[:-1]) / 2
  return (middles - low) / (high - low).clamp(min=LEAST), covered.clamp(0, 1)


def place_in_box(low, high, count):
  """Where in the map each of `count` samples of the box is [B, count], and 1 if that is inside of the map."""
  places = low + (high - low) * (torch.arange(count, device=low.device) + 0.5) / count
  return places, ((places >= 0) & (places <= 1)).float()
