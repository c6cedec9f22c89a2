"""Any image set of TensorFlow Datasets (https://www.tensorflow.org/datasets/catalog), by its name.

Preparing a set needs TensorFlow, in a process of its own (tfds_prepare); reading it does not; and once it
is decoded, not even TFDS is imported.
"""

import difflib
import io
import os
import pathlib
from typing import Any

import numpy as np
from ml_collections import ConfigDict

from gan_jax import errors
from gan_jax.configs.fields import Field
from gan_jax.data import captioned
from gan_jax.data.dataset import Dataset
from gan_jax.data.decoding import annotations, cache, images, tables, tfds_notes, tfds_prepare, writing

OPTIONS = {
  'tfds_name': Field('mnist', about='a name, name/config or name:version of TensorFlow Datasets'),
  'manual_dir': Field('', about='a folder with the published files, downloaded by hand'),
  'attributes': Field((), about="those of the set's that are given, by name; (): all"),
  'captions': Field(False, about='give captions and boxes, those that the set has'),
  **images.OPTIONS,
}
CATALOG = 'https://www.tensorflow.org/datasets/catalog'


def make(options: ConfigDict, batch_size: int) -> Dataset:
  """A resident Dataset of one split, prepared under data_dir/tfds when it is asked for first.

  It has 'label' (the first ClassLabel) and 'attributes' (the flags of a feature of that name, as in
  celeb_a) where the set has them. Without a test split, 'test' is the validation split. Raises UserError.
  """
  settings = images.settings(options)

  def fill(folder):
    builder = load_builder(options.tfds_name, options.data_dir)
    if not os.path.exists(os.path.join(builder.data_path, 'dataset_info.json')):
      tfds_prepare.run(builder, options.tfds_name, options.manual_dir)
      builder = load_builder(options.tfds_name, options.data_dir)  # a builder reads its splits but once
    return _decode(builder, options, settings, folder)

  key = ['tfds', options.tfds_name, options.split, settings, options.on_bad_image]
  key += ['captions'] * options.captions
  arrays, notes = cache.load(options.data_dir, options.tfds_name.replace('/', '-'), key, fill)
  if 'attributes' in arrays:
    known = notes['attribute_names']
    kept = tables.which(options.attributes, known)
    arrays['attributes'] = arrays['attributes'][:, kept]
    notes['attribute_names'] = [known[k] for k in kept]
  return captioned.finish(cache.dataset(options, batch_size, arrays, **notes))


def load_builder(name: str, data_dir: str | pathlib.Path) -> Any:
  """The TFDS builder of a set by name; raises UserError if there is none of that name."""
  try:
    import tensorflow_datasets as tfds
  except ImportError as error:
    raise errors.UserError(f'data.name=tfds: {error}; pip install tensorflow-datasets') from error
  folder = pathlib.Path(data_dir).expanduser().resolve() / 'tfds'
  try:
    return tfds.builder(name, data_dir=str(folder), file_format='array_record')
  except tfds.core.DatasetNotFoundError:
    known = tfds.list_builders(with_community_datasets=False)
    if difflib.get_close_matches(name, known, n=1):
      raise errors.unknown('data.tfds_name', name, known) from None
    raise errors.UserError(f'unknown data.tfds_name {name!r}; the names are at {CATALOG}') from None
  except (ValueError, AssertionError) as error:  # an unknown config or version
    reason = str(error).splitlines()[0]
    raise errors.UserError(f'data.tfds_name {name!r} cannot be loaded ({reason}); see {CATALOG}') from None


def _decode(builder, options, settings, folder):
  """Write the .npy files of a split in `folder`; gives the notes for cache.dataset()."""
  import tensorflow_datasets as tfds

  features = builder.info.features
  image_key = _first(features, tfds.features.Image)
  label_key = _first(features, tfds.features.ClassLabel)
  if image_key is None:
    raise errors.UserError(
      f'{options.tfds_name} has no images, but {", ".join(features)}: set data.tfds_name'
    )
  attribute_names = _flags(dict(features).get('attributes'))
  source = _source(builder, options.split, image_key)
  labels, attributes, told, sizes = [], [], {}, []

  def examples():
    for start in range(0, len(source), 1024):
      for example in source.__getitems__(range(start, min(start + 1024, len(source)))):
        labels.append(example.get(label_key))
        attributes.append([example['attributes'][name] for name in attribute_names])
        name = example_name(len(labels) - 1)
        if options.captions:
          told[name] = annotations.checked(tfds_notes.note(example), name)
          sizes.append(annotations.size_of(io.BytesIO(example[image_key]), options))
        yield name, io.BytesIO(example[image_key])

  def example_name(position):
    return f'{options.tfds_name} {options.split} example {position}'

  def decode(example):
    return images.decode(example[1], name=example[0], **settings)

  bad = writing.write_images(folder / 'image.npy', options, decode, examples(), len(source))
  notes = {'skipped': [example_name(k) for k in bad]}
  if label_key:
    np.save(folder / 'label.npy', np.delete(np.array(labels, np.int32), bad))
    notes['label_names'] = list(features[label_key].names)
  if attribute_names:
    np.save(folder / 'attributes.npy', np.delete(np.array(attributes, np.float32), bad, axis=0))
    notes['attribute_names'] = attribute_names
  if options.captions:
    annotations.check_alike(told, told, options.tfds_name)
    there = list(annotations.within(told, iter(sizes), options.size, options.resize))
    found = captioned.arrays(there, list(told))
    if not found:
      raise errors.UserError(f'{options.tfds_name} has neither captions nor boxes: set data.captions=False')
    for name, values in found.items():
      np.save(folder / f'{name}.npy', np.delete(values, bad, axis=0))
  return notes


def _first(features, kind):
  return next((key for key, feature in features.items() if isinstance(feature, kind)), None)


def _flags(feature):
  """The names of the yes-or-no features in a dictionary of features."""
  parts = feature.items() if hasattr(feature, 'items') else ()
  return [name for name, part in parts if part.shape == () and part.np_dtype == np.bool_]


def _source(builder, split, image_key):
  """The data source of a split; its images come as the bytes of their files."""
  import tensorflow_datasets as tfds

  known = list(builder.info.splits)
  found = 'validation' if split == 'test' and 'test' not in known else split
  try:
    return builder.as_data_source(found, decoders={image_key: tfds.decode.SkipDecoding()})
  except ValueError:
    raise errors.unknown('data.split', split, known) from None
