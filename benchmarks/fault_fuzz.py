"""Files that are none: pictures, tables, annotations, configs and logs of which bytes and parts are others.

Each is to be read, or refused in one line, within LIMIT seconds of work. A process of its own reads them, so
that a crash is seen and a reader that hangs is ended. Trial k is a function of the seed and k; the files of
those that went wrong are kept in the folder KEPT of the system's temporary ones.
"""

import contextlib
import io
import json
import math
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import ExifTags, Image

from gan_jax import configs, data, errors
from gan_jax.data import folder
from gan_jax.data.decoding import annotations, images, tables
from gan_jax.runs import folder as runs
from gan_jax.runs.environment import environment
from gan_jax.views import curves

LIMIT, LONG = 5.0, 120.0  # seconds of work, and on a clock
LINE = 4000  # signs of an error, at most
FORMATS = ('PNG', 'JPEG', 'WEBP', 'GIF', 'BMP', 'TIFF', 'PPM', 'AVIF', 'JPEG2000', 'TGA')
MODES = {
  'GIF': ('L', 'P'),
  'JPEG': ('L', 'RGB', 'CMYK'),
  'PPM': ('L', 'RGB', 'I;16'),
  'WEBP': ('RGB', 'RGBA'),
}
ANY = ('L', 'RGB', 'RGBA')
TOGETHER = 50  # pictures that are also read as a folder
KEPT = 'gan_jax_fuzz'
ODD = (
  *(None, True, [], {}, [[]], '', 'x', '../../x', 'a.b', '\udc80', '\x1b[31m', -1, 0, 0.5, 1e300, 2**70),
  *('9' * 5000, 'x' * 10_000, float('nan'), float('inf'), [1, 2, 3], {'a': {'b': 1}}),
)


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


def mutated(rng, content, surely=True):
  """Bytes with a few flipped, lost, doubled, zeroed, put in or cut off."""
  content = bytearray(content)
  for _ in range(rng.choice([1, 1, 2, 4, 20]) if surely else 0):
    at, size = rng.randrange(len(content) + 1), rng.choice([1, 1, 2, 4, 16, 200])
    end = min(len(content), at + size)
    how = rng.randrange(7)
    if how == 0 and at < len(content):
      content[at] ^= 1 << rng.randrange(8)
    elif how == 1:
      content[at:end] = b''
    elif how == 2:
      content[at:at] = content[at:end]
    elif how == 3:
      content[at:end] = bytes(end - at)
    elif how == 4:
      content[at:at] = rng.randbytes(size)
    elif how == 5:
      content[at:end] = rng.choice([b'\xff', b'\x7f', b'\x80']) * (end - at)
    elif rng.random() < 0.3:
      content[at:] = b''
  return bytes(content)


def otherwise(rng, tree):
  """A tree of JSON of which some values, names or parts are others."""
  tree = json.loads(json.dumps(tree))
  for _ in range(rng.choice([0, 1, 1, 2, 5])):
    at, places = tree, []
    while isinstance(at, dict | list) and at:
      key = rng.choice(list(at)) if isinstance(at, dict) else rng.randrange(len(at))
      places.append((at, key))
      at = at[key]
    if not places:
      return tree
    parent, key = rng.choice(places)
    if isinstance(parent, dict) and rng.random() < 0.2:
      parent[rng.choice(['x', '', 'a.b', 'name', key.upper()])] = parent.pop(key)
    elif rng.random() < 0.15:
      del parent[key]
    elif rng.random() < 0.1:
      parent[key] = nested(rng.choice([3, 500, 200_000]))
    else:
      parent[key] = rng.choice(ODD)
  return tree


def nested(depth):
  """A marker that `dumped` makes lists within lists of."""
  return {'nested': depth}


def dumped(tree):
  """JSON, which may be deeper than a writer of JSON can go."""
  text = json.dumps(tree)
  for depth in (3, 500, 200_000):
    text = text.replace(f'{{"nested": {depth}}}', '[' * depth + ']' * depth)
  return text


def otherwise_text(rng, text):
  """A table of which some cells are others, or other signs stand between them."""
  cells = [line.split(',') for line in text.splitlines()]
  for _ in range(rng.choice([0, 1, 2, 5])):
    row = rng.choice(cells)
    words = ['', '9' * 5000, '1e999', 'nan', '-', '"', '\x00', 'x' * 200_000, '\udc80', '..', 'a.png', '٣']
    row[rng.randrange(len(row)) if row else 0 :][:1] = [rng.choice(words)]
    if rng.random() < 0.2 and row:
      row.pop()
  return '\n'.join(rng.choice([',', ',', ',', ';', '\t']).join(row) for row in cells)


def watched(place, rng, trial):
  """Gives (what happened, whether it was right) of trial(rng, k) for k = 0, 1, ..., in another process."""
  seed, k = rng.randrange(2**31), 0
  while True:
    here, there = multiprocessing.Pipe()
    reader = multiprocessing.get_context('fork').Process(target=_read, args=(there, trial, seed), daemon=True)
    reader.start()
    there.close()
    try:
      while reader.is_alive():
        what = _answer(here, reader, k)
        right = what in ('read', 'refused')
        if not right:
          shutil.copytree(place, Path(tempfile.gettempdir()) / KEPT / f'{seed}_{k}', dirs_exist_ok=True)
        yield what, right
        k += 1
    finally:
      reader.kill()
      reader.join()


def _answer(here, reader, k):
  """What trial k came to: 'hung' after LIMIT seconds of work, or that its process has ended."""
  begun, used = time.monotonic(), work(reader.pid)
  try:
    here.send(k)
    while not here.poll(0.2):
      if work(reader.pid) - used > LIMIT or time.monotonic() - begun > LONG:
        reader.kill()
        reader.join()
        return 'hung'
    return here.recv()
  except (EOFError, BrokenPipeError, ConnectionResetError):
    reader.join()
    return f'ended with {reader.exitcode}'


def work(pid):
  """Seconds that a process has computed; 0 where nothing tells."""
  try:
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
  except OSError:
    return 0.0


def _read(there, trial, seed):
  with contextlib.redirect_stdout(io.StringIO()), open(os.devnull, 'w') as nothing:
    os.dup2(nothing.fileno(), 2)  # libraries in C tell what they find odd
    while True:
      k = there.recv()
      try:
        trial(random.Random(f'{seed} {k}'), k)
        what = 'read'
      except errors.UserError as error:
        line = str(error)
        what = 'refused' if line.isprintable() and len(line) < LINE else 'refused in no line'
      except Exception as error:
        what = f'{type(error).__name__}: {error}'[:200]
      there.send(what)
