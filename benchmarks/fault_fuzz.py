"""Files that are none: pictures, tables, annotations, configs and logs of which bytes and parts are others.

Each is to be read, or refused in one line, within seconds of work: see fault_watched.py.
"""

import contextlib
import io
import json
import math
import shutil
from unittest import mock

import numpy as np
from PIL import ExifTags, Image

from benchmarks.fault_mutations import dumped, mutated, otherwise, otherwise_text
from benchmarks.fault_watched import watched
from gan_jax import configs, data, errors
from gan_jax.data import folder
from gan_jax.data.decoding import annotations, images, tables
from gan_jax.runs import folder as runs
from gan_jax.runs.environment import environment
from gan_jax.views import curves

FORMATS = ('PNG', 'JPEG', 'WEBP', 'GIF', 'BMP', 'TIFF', 'PPM', 'AVIF', 'JPEG2000', 'TGA')
MODES = {
  'GIF': ('L', 'P'),
  'JPEG': ('L', 'RGB', 'CMYK'),
  'PPM': ('L', 'RGB', 'I;16'),
  'WEBP': ('RGB', 'RGBA'),
}
ANY = ('L', 'RGB', 'RGBA')
TOGETHER = 50  # pictures that are also read as a folder


def pictures(place, rng):
  """Pictures of ten formats, through `folder`; gives (what happened, whether it was right)."""
  options = dict(size=(8, 8), channels=3, path=str(place / 'set'), data_dir=str(place), on_bad_image='skip')
  options = configs.get('common', {f'data.{k}': v for k, v in {'name': 'folder', **options}.items()}).data
  (place / 'set').mkdir()

  def trial(rng, k):
    kind = rng.choice(FORMATS)
    file = place / 'set' / f'{k % TOGETHER}.png'  # what a file is called does not count
    file.write_bytes(mutated(rng, picture(rng, kind)))
    try:
      images.size_of(file)
      images.decode(file, (8, 8), 3, rng.choice(list(images.RESIZES)))
    finally:
      if k % TOGETHER == TOGETHER - 1:
        with contextlib.suppress(errors.UserError):  # none of them can be read
          folder.make(options, 2)
        shutil.rmtree(place / 'decoded', ignore_errors=True)

  yield from watched(place, rng, trial)


def picture(rng, kind):
  """The bytes of a small sound picture."""
  size, file, mode = [rng.randrange(1, 40) for _ in range(2)], io.BytesIO(), rng.choice(MODES.get(kind, ANY))
  values = np.frombuffer(rng.randbytes(4 * math.prod(size)), np.uint8).reshape(*size, 4)
  deep = mode == 'I;16'
  image = Image.fromarray(values[..., 0] * np.uint16(257)) if deep else Image.fromarray(values).convert(mode)
  exif = image.getexif()
  exif[ExifTags.Base.Orientation] = rng.randrange(10)
  turned = {'exif': exif} if kind in ('PNG', 'JPEG', 'WEBP') and rng.random() < 0.5 else {}
  image.save(file, kind, **turned)
  return file.getvalue()


TABLE = 'file,label,smile,age\na.png,cat,1,3.5\nb.png,dog,-1,70\nc.png,cat,0,1e3\n'
FILES = ('a.png', 'b.png', 'c.png')


def told(place, rng):
  """Tables, JSON lines and COCO's form."""
  lines = [
    {'file': name, 'captions': ['a bird', 'a cat'], 'box': [0.1, 0.2, 0.5, 0.6], 'keypoints': [[0.2, 0.4, 1]]}
    for name in FILES
  ]
  coco = {
    'images': [{'id': k, 'file_name': name, 'height': 9, 'width': 8} for k, name in enumerate(FILES)],
    'annotations': [{'image_id': k, 'bbox': [1, 2, 3, 4], 'caption': 'a bird'} for k in range(len(FILES))],
  }
  options = configs.get('common', {'data.name': 'folder'}).data

  def trial(rng, k):
    file, kind = place / 'told', rng.choice(['labels', 'flags', 'values', 'captions', 'coco'])
    if kind in ('captions', 'coco'):
      record = otherwise(rng, lines if kind == 'captions' else coco)
      text = '\n'.join(map(dumped, record)) if isinstance(record, list) else dumped(record)
      file.write_bytes(mutated(rng, text.encode(errors='replace'), rng.random() < 0.4))
      with options.unlocked():
        options.update({'captions': '', 'coco': '', kind: file.name})
      annotations.read(options, place, FILES, FILES)
      return
    file.write_bytes(mutated(rng, otherwise_text(rng, TABLE).encode(errors='replace'), rng.random() < 0.4))
    if kind == 'labels':
      tables.labels(file, FILES, FILES)
    elif kind == 'flags':
      tables.attributes(file, FILES, FILES, (), ('age', 'label'))
    else:
      tables.values(file, FILES, FILES, ('age',))

  yield from watched(place, rng, trial)


def stored(place, rng):
  """The config.json of a run: read, made a config of, held against that of a command."""
  config = configs.get('dcgan_digits:test', {}, notice=lambda _: None)
  run, spec = runs.Run(place / 'run'), data.make(config).spec()
  run.open(config, spec)
  (run.checkpoints / '4').mkdir(parents=True)
  sound = json.loads(run.config.read_text())

  def trial(rng, k):
    run.config.write_bytes(
      mutated(rng, dumped(otherwise(rng, sound)).encode(errors='replace'), rng.random() < 0.3)
    )
    values, spec = run.stored()
    found = configs.complete(values, lambda _: None)
    configs.check(found)
    spec.like()
    run.open(config, spec, lambda _: None)

  here = environment()
  with mock.patch.object(runs, 'environment', return_value=here):  # which asks git each time
    yield from watched(place, rng, trial)


def logged(place, rng):
  """metrics.jsonl: its rows are read, and drawn."""
  rows = [{'step': k, 'd/loss': 0.5, 'g/loss': 1.0, 'examples_per_second': 3.0} for k in range(1, 9)]
  rows += [{'step': 9, 'score/fid': 3.0}]
  run = runs.Run(place)

  def trial(rng, k):
    text = '\n'.join(map(dumped, otherwise(rng, rows)))
    run.metrics.write_bytes(mutated(rng, text.encode(errors='replace'), rng.random() < 0.5))
    found = run.rows(), run.scores(), run.copies()
    if k % 20 == 0:
      curves.draw(found[0])

  yield from watched(place, rng, trial)
