"""The pictures of benchmarks.failures: curves and samples of runs, a row for each."""

import numpy as np
from PIL import Image

from gan_jax.runs import files
from gan_jax.views import canvas, curves, grids

COLOURS = {'fails': 'tab:red', 'cured': 'tab:green'}
LOGITS = (*curves.PANELS['mean logit of D'], 'd/unseen_logit')
KEPT = 256  # colours of a file, which make it a third as large
FIRST = 0.03  # part of the steps whose values may lie outside of the axes


def draw(file, shown, ticks=()):
  """Writes the picture of `shown`, [(words, rows, samples, scores in words)], as a PNG file.

  `samples` are images [N, H, W, C], or (real, fake) points, or None of a run that has none. The upright axes
  are those of all rows, and logarithmic on both sides of 0 if they have `ticks`.
  """
  figure, axes = canvas.panels(len(shown), 3, 3.2, 2.3)
  for line, (words, rows, samples, scored) in zip(axes, shown, strict=True):
    curves.panel(line[0], rows, 'loss', curves.PANELS['loss'])
    curves.panel(line[1], rows, 'mean logit of D', LOGITS)
    for axis in line[:2]:
      if ticks:
        axis.set_yscale('symlog', linthresh=1)
        axis.set_yticks(ticks)
      axis.legend(fontsize=7, loc='best')
      axis.tick_params(labelsize=7)
      axis.xaxis.label.set_fontsize(8)
      axis.yaxis.label.set_fontsize(8)
    line[0].set_title(words, loc='left', fontsize=10, color=COLOURS[words.partition(':')[0]])
    draw_samples(line[2], samples)
    line[2].set_title(scored, fontsize=9)
  for column, names in enumerate((curves.PANELS['loss'], LOGITS)):
    low, high = limits([rows for _, rows, _, _ in shown], names, logarithmic=bool(ticks))
    for axis in axes[:, column]:
      axis.set_ylim(low, high)
  file.parent.mkdir(parents=True, exist_ok=True)
  with files.whole(file) as partial:
    Image.fromarray(canvas.pixels(figure)).quantize(KEPT, Image.Quantize.MAXCOVERAGE).save(
      partial, 'PNG', optimize=True
    )


def draw_samples(axis, samples):
  """Draws images as a grid, points over the real ones, or says that there is nothing to draw."""
  if isinstance(samples, tuple):
    real, fake = samples
    canvas.scatter(axis, real, canvas.REAL, size=24, alpha=0.3, label='real')
    canvas.scatter(axis, fake, canvas.FAKE, size=7, label='generated')
    canvas.frame(axis, canvas.limits(real, margin=0.2), '')
    axis.set_aspect('equal')
    axis.tick_params(labelsize=7)
    axis.legend(fontsize=7, loc='center')
    return
  axis.axis('off')
  if samples is None:
    axis.text(0.5, 0.5, 'the run has ended: no samples', ha='center', transform=axis.transAxes)
  else:
    axis.imshow(grids.tile(samples, columns=8, width=320))


def limits(runs, names, logarithmic=False):
  """(low, high) of 0 and the finite values `names` of runs after their first steps, with a margin."""
  late = [[row for row in rows if row['step'] > FIRST * rows[-1]['step']] for rows in runs]
  values = np.array([row[name] for rows in late for row in rows for name in names if name in row])
  values = values[np.isfinite(values)]
  low, high = min(values.min(), 0), max(values.max(), 0)
  room = 0.06 * (high - low)
  return (2 * low, 2 * high) if logarithmic else (low - room, high + room)
