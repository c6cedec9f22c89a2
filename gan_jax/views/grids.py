"""Arrays to pictures: sample grids, loss curves, animations. Images are [N, H, W, C] in [-1, 1]."""

import math

import jax.numpy as jnp
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan_jax.data.dataset import to_uint8


def strip(images):
  """Images [B, H, W, C] in a list as one, side by side: [B, H, sum of W, C]."""
  return jnp.concatenate(alike(images), 2)


def alike(images):
  """Images [B, H, W, C] in a list, all with as many channels: grey ones become coloured.

  Of images with other channel counts than 1 and 3, such as maps, the first channel is shown.
  """
  if len({some.shape[-1] for some in images}) == 1:
    return images
  plain = [some if some.shape[-1] in (1, 3) else some[..., :1] for some in images]
  channels = max(some.shape[-1] for some in plain)
  return [jnp.broadcast_to(some, (*some.shape[:3], channels)) for some in plain]


def table(columns, width=640):
  """Images {heading: [N, H, W, C]} as uint8 [H', W', 3], each under its heading: some examples a row."""
  examples = jnp.stack(alike(list(columns.values())), 1)
  words = [heading.replace('_', ' ') for heading in columns] * max(1, 8 // len(columns))
  grid = tile(examples.reshape(-1, *examples.shape[2:]), len(words), width)
  across = grid.shape[1] / len(words)
  font = ImageFont.load_default(14)
  longest = max(font.getlength(word) for word in words)
  font = ImageFont.load_default(min(14, 14 * 0.85 * across / longest))
  head = Image.new('RGB', (grid.shape[1], 22), 'white')
  for k, word in enumerate(words):
    ImageDraw.Draw(head).text(((k + 0.5) * across, 11), word, 'black', font, anchor='mm')
  return np.concatenate([np.asarray(head), grid])


def tile(images, columns=None, width=640):
  """A grid uint8 [H, W, 3] of images, each enlarged by a whole factor so that it is about `width` wide.

  `columns` defaults to the number that makes the grid twice as wide as high at most (32 squares: 4x8).
  """
  images = np.asarray(to_uint8(np.asarray(images)))
  images = images.repeat(3, -1) if images.shape[-1] == 1 else images[..., :3]
  count, height, side, _ = images.shape
  columns = columns or 2 ** math.floor(math.log2(max(1, count * height / side)) / 2 + 0.5)
  rows = -(-count // columns)
  scale = max(1, round(width / (columns * side)))
  gap = 1
  grid = np.full((rows * columns, height + gap, side + gap, 3), 255, np.uint8)
  grid[:count, :height, :side] = images
  grid = grid.reshape(rows, columns, height + gap, side + gap, 3).swapaxes(1, 2)
  grid = grid.reshape(rows * (height + gap), columns * (side + gap), 3)[:-gap, :-gap]
  return grid.repeat(scale, 0).repeat(scale, 1)


def save(path, pixels):
  """Writes uint8 pixels [H, W, 3] as a PNG, whole or not at all."""
  path.parent.mkdir(parents=True, exist_ok=True)
  partial = path.with_name(path.name + '.partial')
  Image.fromarray(pixels).save(partial, format='PNG')
  partial.replace(path)


def animate(path, frames, most=60, seconds=8.0):
  """Writes a GIF of the PNG files `frames`, thinned to `most` of them; the last one stays for a second."""
  if not frames:
    return
  chosen = [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, most).round().astype(int))]
  pictures = [Image.open(frame).convert('RGB').quantize(128) for frame in chosen]
  durations = [int(1000 * seconds / max(len(chosen), 20))] * (len(chosen) - 1) + [1000]
  pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=durations, loop=0)


def curves(path, rows):
  """Draws both losses and D's mean logits over the logged rows."""
  import matplotlib

  matplotlib.use('agg')
  from matplotlib import pyplot as plt

  panels = {'loss': ('d/loss', 'g/loss'), 'mean logit of D': ('d/real_logit', 'd/fake_logit')}
  figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout='constrained')
  for axis, (title, keys) in zip(axes, panels.items(), strict=True):
    for key in keys:
      points = [(row['step'], row[key]) for row in rows if key in row]
      if points:
        steps, values = np.array(points).T
        (line,) = axis.plot(steps, values, alpha=0.25, linewidth=0.8)
        axis.plot(steps, smooth(values), color=line.get_color(), label=key)
    axis.set(xlabel='step', ylabel=title)
    axis.grid(alpha=0.3)
    if axis.lines:
      axis.legend()
  path.parent.mkdir(parents=True, exist_ok=True)
  figure.savefig(path, dpi=110)
  plt.close(figure)


def smooth(values):
  """The running mean over a twentieth of the values, shorter at the ends."""
  half = max(1, len(values) // 40)
  sums = np.concatenate([[0.0], np.cumsum(values)])
  ends = np.minimum(np.arange(len(values)) + half + 1, len(values))
  starts = np.maximum(np.arange(len(values)) - half, 0)
  return (sums[ends] - sums[starts]) / (ends - starts)
