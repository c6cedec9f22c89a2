"""The view of keypoints: pictures in which a game paints them, and files with their numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from gan_jax.data.dataset import Dataset
from gan_jax.runs import files
from gan_jax.views import images

snapshot, draw = images.snapshot, images.draw
scorer, sentence = images.scorer, images.sentence


def write(experiment: Any, folder: Path, state: Any, dataset: Dataset, rows: list[dict]) -> None:
  """Writes the game's figures of held-out examples."""
  examples = images.few_held_out(experiment, dataset)
  for name, pixels in images.figures_of(experiment, state, examples).items():
    files.save_png(folder / f'{name}.png', pixels)


def save(experiment: Any, sampler: Any, count: int, out: Path, seed: int) -> None:
  """Writes keypoints.jsonl in the folder `out`, or the arrays 'keypoints' and 'captions' in an .npz file.

  A line is {"captions": [TEXT], "keypoints": [[y, x, visible], ...]}, as in data.captions of a folder.
  """
  drawn = sampler.draw(count, seed)
  points, captions = sampler.generate(drawn), images.texts(sampler.spec, drawn)
  if out.suffix == '.npz':
    files.save_npz(out, keypoints=np.asarray(points), captions=np.array(captions))
    return
  rounded = np.asarray(points, np.float64).round(5).tolist()
  lines = [
    json.dumps({'captions': [caption], 'keypoints': some})
    for caption, some in zip(captions, rounded, strict=True)
  ]
  files.write_whole(out / 'keypoints.jsonl', ''.join(f'{line}\n' for line in lines))


def describe(experiment: Any, dataset: Dataset) -> str:
  """'10,000 examples of 9 keypoints (avatars)'."""
  count, _ = experiment.spec.shape('keypoints')
  return f'{dataset.size:,} examples of {count} keypoints ({experiment.config.data.name})'
