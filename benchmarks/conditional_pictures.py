"""The picture of benchmarks.conditional: what its games reached while they learned, over the minutes."""

import numpy as np

from gan_jax.runs import files
from gan_jax.views import canvas

PANELS = {'fid': 'FID, by the classifier', 'class_accuracy': 'read as the class asked for'}
REAL = {'fid': 'fid_floor', 'class_accuracy': 'class_accuracy_real'}


def draw(file, rows):
  """Writes a PNG file with curves of those `rows` of benchmarks.games whose game is scored by class.

  Dashed is what real images get. Without such rows there is no picture.
  """
  rows = [row for row in rows if len(row['over_time']) > 1 and set(PANELS) <= set(row['over_time'][0])]
  if not rows:
    return
  figure, (axes,) = canvas.panels(1, len(PANELS), 4.4, 3.4)
  for axis, (score, title) in zip(axes, PANELS.items(), strict=True):
    for row in rows:
      minutes, values = np.array([(then['minutes'], then[score]) for then in row['over_time']]).T
      (line,) = axis.plot(minutes, values, marker='o', markersize=4, label=row['game'])
      axis.axhline(row['scores'][REAL[score]], color=line.get_color(), linestyle='--', alpha=0.5)
    axis.set(xlabel='minutes', ylabel=title, ylim=(0, None if score == 'fid' else 1))
    axis.grid(alpha=0.3)
  axes[0].legend(fontsize=8)
  files.save_png(file, canvas.pixels(figure))
  print(f'written: {file}')
