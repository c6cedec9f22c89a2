"""What the examples of TFDS say of their images: captions and boxes, as coco_captions and birds have them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gan_jax.data.decoding.annotations import Note

CAPTIONS = ('captions', 'caption', 'text')  # names of features, by preference


def note(example: Mapping[str, Any]) -> Note:
  """The Note of an example: its captions, and its 'bbox' or the largest of its 'objects', if it has any."""
  texts = next((_texts(example[name]) for name in CAPTIONS if name in example), [])
  box = example.get('bbox')
  if box is None and 'objects' in example:
    boxes = _each(example['objects'], 'bbox')
    box = max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=None)
  return Note(tuple(texts), None if box is None else tuple(map(float, box)))


def _texts(value):
  """All texts in a feature: one, several, or several with other things beside them."""
  if isinstance(value, bytes):
    return [value.decode('utf-8', 'replace')]
  if isinstance(value, str):
    return [value]
  if isinstance(value, Mapping):
    return _texts(value.get('text', ()))
  return [text for part in np.asarray(value, object).reshape(-1) for text in _texts(part)]


def _each(objects, name):
  """A feature of each of several objects, which come as a list of dicts or as a dict of lists."""
  return list(objects[name]) if isinstance(objects, Mapping) else [one[name] for one in objects]
