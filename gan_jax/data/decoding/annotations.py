"""What files say of the images of a folder: captions, boxes and keypoints, as JSON lines or in COCO's form.

A line: {"file": "a.png", "captions": ["a bird"], "box": [0.2, 0.3, 0.5, 0.6], "keypoints": [[0.2, 0.4, 1]]}
has top, left, bottom, right of the box and (y, x, visible) of each keypoint, in [0, 1] of the image. COCO's
form (https://cocodataset.org/#format-data) has pixels; of several boxes of an image the largest counts.
"""

import json
import math
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gan_jax import errors
from gan_jax.configs.fields import Field
from gan_jax.data.decoding import images, regular

OPTIONS = {
  'captions': Field('', about='a file of JSON lines with file, captions, box, keypoints; from `path`'),
  'coco': Field(
    '', about="files in COCO's form, commas between them: captions, boxes, keypoints; from `path`"
  ),
}


# what a record of another form raises
BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)


class Note(NamedTuple):
  """What is said of an image; fractions of its height and width."""

  captions: tuple[str, ...] = ()
  box: tuple[float, ...] | None = None  # top, left, bottom, right
  keypoints: tuple[tuple[float, ...], ...] | None = None  # (y, x, visible)


def read(options: Any, root: Any, files: Sequence[str], found: Collection[str]) -> dict[str, Note]:
  """{file: Note} of all of `files`, or {} where no annotations are asked for.

  Either all of them have captions or none has, and the same for boxes and keypoints. Raises UserError, of one
  line that names the file, for what is lacking or is no box.
  """
  if options.captions and options.coco:
    raise errors.UserError('data.captions and data.coco say the same of images: leave one out')
  if not (options.captions or options.coco):
    return {}
  if options.captions:
    path, notes = root / options.captions, _lines(root / options.captions)
  else:
    path, notes = options.coco, _coco([root / name.strip() for name in options.coco.split(',')])
  given = {os.path.normpath(file): note for file, note in notes.items()}
  if not set(given) & set(found):
    example = next(iter(found))
    raise errors.UserError(f'{path}: none of its {len(given):,} images is there; names are as in {example}')
  check_alike(given, files, path)
  for name in Note._fields:
    if any(getattr(note, name) for note in given.values()) and not getattr(given.get(files[0], Note()), name):
      raise errors.UserError(f'{path} has no {name} for {files[0]}: every image needs some, or none')
  return {file: given.get(file, Note()) for file in files}


def check_alike(given: Mapping[str, Note], files: Collection[str], source: Any) -> None:
  """Raises UserError where some of the files have captions, a box or keypoints, and others none or fewer."""
  for name in Note._fields:
    has = {file: bool(getattr(given.get(file, Note()), name)) for file in files}
    if any(has.values()) and not all(has.values()):
      lacking = next(file for file in files if not has[file])
      raise errors.UserError(f'{source} has no {name} for {lacking}: every image needs some, or none')
  lengths = {len(note.keypoints) for file in files if (note := given.get(file, Note())).keypoints}
  if len(lengths) > 1:
    raise errors.UserError(
      f'{source}: images have {min(lengths)} to {max(lengths)} keypoints, not all as many'
    )


def _lines(path):
  """{file: Note} of a file of JSON lines."""
  found = {}
  for number, line in enumerate(_text(path, 'data.captions').splitlines(), 1):
    if not line.strip():
      continue
    try:
      record = json.loads(line)
      file, captions = str(record['file']), record.get('captions', ())
      captions = (captions,) if isinstance(captions, str) else tuple(map(str, captions))
      box, points = record.get('box'), record.get('keypoints')
      points = None if points is None else tuple(tuple(float(x) for x in point) for point in points)
      note = Note(captions, None if box is None else tuple(map(float, box)), points)
    except BROKEN as error:
      raise errors.UserError(
        f'{path}, line {number}: no line of annotations ({errors.reason(error)})'
      ) from None
    where = f'{path}, line {number}, {file}'
    found[file] = joined(found.get(file, Note()), checked(note, where), where)
  return found


def _coco(paths):
  """{file: Note} of files in COCO's form, together."""
  sizes, captions, shapes = {}, {}, {}
  for path in paths:
    try:
      record = json.loads(_text(path, 'data.coco'))
      names = {image['id']: str(image['file_name']) for image in record['images']}
      sizes |= {names[image['id']]: _size(image) for image in record['images']}
      for note in record['annotations']:
        name = names[note['image_id']]
        if 'caption' in note:
          captions.setdefault(name, []).append(str(note['caption']))
        if 'bbox' in note:
          x, y, wide, high = map(float, note['bbox'])
          if name not in shapes or wide * high > shapes[name][0]:
            points = np.reshape(note.get('keypoints') or (), (-1, 3)).astype(float).tolist()
            shapes[name] = wide * high, (y, x, y + high, x + wide), points
    except BROKEN as error:
      raise errors.UserError(f"{path} is not in COCO's form ({errors.reason(error)})") from None
  found = {}
  for name, (height, width) in sizes.items():
    box = points = None
    if name in shapes:
      _, (top, left, bottom, right), flat = shapes[name]
      box = top / height, left / width, bottom / height, right / width
      points = tuple((b / height, a / width, float(v > 0)) for a, b, v in flat) or None
    note = Note(tuple(captions.get(name, ())), box, points)
    found[name] = checked(note, f'{", ".join(map(str, paths))}, {name}')
  return found


def _size(image):
  """(H, W) that COCO tells of an image. Raises ValueError if there is none of that size."""
  height, width = float(image['height']), float(image['width'])
  if not (0 < height < math.inf and 0 < width < math.inf):
    raise ValueError(f'an image of {height:g} x {width:g} (height x width)')
  return height, width


def joined(first: Note, second: Note, where: str) -> Note:
  """What two lines say of one image. Raises UserError where both have a box, or keypoints."""
  if (first.box and second.box) or (first.keypoints and second.keypoints):
    raise errors.UserError(f'{where}: its box or keypoints are there twice')
  return Note(first.captions + second.captions, first.box or second.box, first.keypoints or second.keypoints)


def checked(note: Note, where: str) -> Note:
  """The note. Raises UserError for an empty caption and for what is no place in the image."""
  if any(not caption.strip() for caption in note.captions):
    raise errors.UserError(f'{where}: a caption is empty')
  if note.box is not None:
    top, left, bottom, right = note.box if len(note.box) == 4 else (0, 0, 0, 0)
    if not (top < bottom and left < right):
      raise errors.UserError(f'{where}: the box {list(note.box)} is empty: top, left, bottom, right')
    if min(top, left) < -0.01 or max(bottom, right) > 1.01:
      raise errors.UserError(f'{where}: the box {list(note.box)} is outside of the image, [0, 1]')
  for point in note.keypoints or ():
    there = len(point) == 3 and all(map(math.isfinite, point))
    if not there or (point[2] and not all(0 <= side <= 1 for side in point[:2])):
      raise errors.UserError(f'{where}: the keypoint {list(point)} is not (y, x, visible) in [0, 1]')
  return note


def _text(path, field):
  try:
    return regular.text(path, 'utf-8-sig')
  except (OSError, UnicodeDecodeError) as error:
    raise errors.UserError(f'{field}: {path} cannot be read ({error})') from None


def size_of(source: images.Source, options: Any) -> tuple[int, int]:
  """(H, W) of an image; of a bad one that is skipped any, as what is said of it is skipped, too."""
  try:
    return images.size_of(source)
  except images.BadImage:
    if options.on_bad_image == 'skip':
      return tuple(options.size)
    raise


def within(
  notes: Mapping[str, Note], sizes: Iterator[tuple[int, int]], size: tuple[int, int], resize: str
) -> Iterator[Note]:
  """The notes of images of these sizes (H, W), as they are at `size` by `resize`. Raises UserError."""
  for (file, note), (height, width) in zip(notes.items(), sizes, strict=True):
    if note.box is None and note.keypoints is None:
      yield note
      continue
    high, wide = min(height, width * size[0] / size[1]), min(width, height * size[1] / size[0])
    if resize == 'stretch':
      high, wide = height, width
    scale = np.array([height / high, width / wide])
    start = (1 - 1 / scale) / 2  # of the window, as a fraction of the image
    there = lambda places: (np.asarray(places, float) - start) * scale  # noqa: B023
    box = points = None
    if note.box is not None:
      box = np.clip(np.concatenate([there(note.box[:2]), there(note.box[2:])]), 0, 1)
      if (box[:2] >= box[2:]).any():
        raise errors.UserError(f'{file}: its box is cut off by data.resize={resize}: set data.resize=stretch')
    if note.keypoints is not None:
      places, seen = there(np.array(note.keypoints)[:, :2]), np.array(note.keypoints)[:, 2]
      seen = (seen > 0) & ((places >= 0) & (places <= 1)).all(1)
      points = np.where(seen[:, None], np.concatenate([places, seen[:, None]], 1), 0)
    yield Note(
      note.captions,
      None if box is None else tuple(box),
      None if points is None else tuple(map(tuple, points)),
    )
