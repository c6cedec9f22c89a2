"""What a benchmark leaves behind: a table, a JSON file that says where and how it was measured, a picture."""

import argparse
import datetime
import importlib.util
import json
import platform
import statistics
import sys
from pathlib import Path

import numpy as np

from gan_jax import errors
from gan_jax.configs import lengths
from gan_jax.runs import files
from gan_jax.runs.environment import environment
from gan_jax.views import grids

ROOT = Path(__file__).parents[1]
COLUMNS = ('fid', 'inception_score', 'confidence', 'classes_covered')


def seconds_per_epoch(config, run, steps):
  """{'mean', 'median'} of an epoch of so many steps, over the logged intervals of a run."""
  found = intervals(config, run.rows())
  mean = sum(seconds for _, seconds in found) / sum(count for count, _ in found)
  median = statistics.median(seconds / count for count, seconds in found)
  return {'mean': round(steps * mean, 2), 'median': round(steps * median, 2)}


def seconds(config, rows):
  """What all steps of the logged rows of a run took, with what intervals include."""
  return sum(seconds for _, seconds in intervals(config, rows))


def intervals(config, rows):
  """[(steps, seconds)] between the logged rows of a run, what happens in them included: saving, drawing."""
  counts = np.diff([0, *(row['step'] for row in rows)]).tolist()
  images = lengths.images_of_step(config.train)
  rates = [row['examples_per_second'] for row in rows]
  return [(count, images * count / rate) for count, rate in zip(counts, rates, strict=True)]


def table(rows, seconds):
  """The scores and the seconds as text, and what real images get."""
  line = '{:>5}  {:8} {:9} {:>10} {:>8} {:>10} {:>11} {:>8}'.format
  lines = [line('epoch', 'side', 'weights', 's/epoch', 'FID', 'Inception', 'confidence', 'classes')]
  for row in rows:
    fid, inception, confidence, classes = (row[column] for column in COLUMNS)
    numbers = f'{fid:.2f}', f'{inception:.2f}', f'{confidence:.3f}', f'{classes}/{row["num_classes"]}'
    lines.append(
      line(row['epoch'], row['side'], row['weights'], f'{seconds[row["side"]]["mean"]:.1f}', *numbers)
    )
  floor, inception, accuracy = (rows[0][k] for k in ('fid_floor', 'inception_score_real', 'judge_accuracy'))
  lines.append(
    f'Real images: FID {floor:.2f}, Inception {inception:.2f}. The judge is right on {accuracy:.2%}.'
  )
  return '\n'.join(lines)


def some(text, what, known):
  """The names in a text with commas between them. Raises UserError for one that is not `known`."""
  names = text.split(',')
  for name in names:
    if name not in known:
      raise errors.unknown(what, name, known)
  return names


def parser(description, name):
  """The parser of a benchmark's flags, with --out."""
  flags = argparse.ArgumentParser(
    description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
  )
  flags.add_argument('--out', type=Path, default=ROOT / f'benchmarks/results/{name}.json')
  return flags


def add_against(flags):
  """--against=torch; that PyTorch is not there is told before anything is measured."""
  flags.add_argument('--against', type=installed, choices=('torch',), help='the other side')


def installed(name):
  """The name, unless it is PyTorch's, which is not installed."""
  if name == 'torch' and not importlib.util.find_spec(name):
    raise argparse.ArgumentTypeError('PyTorch is not installed: pip install -r requirements-bench.txt')
  return name


def write(file, name, words, facts, tell=print):
  """Writes the `facts` of a benchmark as JSON, after the date, the command, the machine and the versions."""
  known = environment()
  place = ('device', 'devices', 'cores')
  torch = sys.modules.get('torch')  # where it was the other side
  record = {
    'date': datetime.datetime.now(datetime.UTC).isoformat(timespec='seconds'),
    'command': ' '.join([f'python -m benchmarks.{name}', *words]),
    'hardware': {'cpu': cpu_model(), **{name: known[name] for name in place}},
    'versions': {name: value for name, value in known.items() if name not in place},
    **({'torch': {'version': torch.__version__, 'threads': torch.get_num_threads()}} if torch else {}),
  }
  file.parent.mkdir(parents=True, exist_ok=True)
  files.write_whole(file, json.dumps({**record, **facts}, indent=2) + '\n')
  tell(f'written: {file}')


def cpu_model():
  """The processor's name, as Linux tells it, or else Python."""
  file = Path('/proc/cpuinfo')
  lines = file.read_text().splitlines() if file.exists() else ()
  named = [line.split(':', 1)[1].strip() for line in lines if line.startswith('model name')]
  return named[0] if named else platform.processor() or platform.machine()


def draw(file, pictures, columns=8):
  """Draws [(title, images [N, H, W, C] in [-1, 1]), ...] as labelled grids, one above the other."""
  import matplotlib

  matplotlib.use('agg')
  from matplotlib import pyplot as plt

  tiled = [grids.tile(images, columns) for _, images in pictures]
  height = sum(len(grid) / grid.shape[1] for grid in tiled)
  figure, axes = plt.subplots(len(tiled), 1, figsize=(6, 6 * height + 0.4 * len(tiled)), layout='constrained')
  for axis, (title, _), grid in zip(np.atleast_1d(axes), pictures, tiled, strict=True):
    axis.imshow(grid)
    axis.set_title(title)
    axis.axis('off')
  file.parent.mkdir(parents=True, exist_ok=True)
  figure.savefig(file, dpi=110)
  plt.close(figure)
