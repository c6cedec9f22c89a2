"""TFDS sets: read without TensorFlow, prepared by another process, and each failure said in one line."""

import io
import json
import subprocess
import sys
import time
import types
import urllib.error
import urllib.request

import numpy as np
import pytest
import tensorflow_datasets
from array_record.python.array_record_module import ArrayRecordWriter
from pictures import options
from PIL import Image
from tensorflow_datasets.proto import tf_example_pb2, tf_feature_pb2

from gan_jax import errors
from gan_jax.data import tfds, tfds_unpaired, words
from gan_jax.data.decoding import tfds_prepare

SPLITS = {'train': 5, 'validation': 3}


def png(level):
  file = io.BytesIO()
  Image.new('RGB', (12, 8), (level,) * 3).save(file, 'PNG')
  return file.getvalue()


def example(k):
  def integer(value):
    return tf_feature_pb2.Feature(int64_list=tf_feature_pb2.Int64List(value=[value]))

  image = tf_feature_pb2.Feature(bytes_list=tf_feature_pb2.BytesList(value=[png(10 * k)]))
  features = {'image': image, 'label': integer(k % 2)}
  features |= {'attributes/Hat': integer(int(k > 2)), 'attributes/Smile': integer(1)}
  texts = tf_feature_pb2.BytesList(value=[b'A red bird', f'a bird, number {k}'.encode()])
  sides = tf_feature_pb2.FloatList(value=[0, 0, 0.1, 0.1, 0.25, 0.5, 0.75, 0.75])
  features |= {'captions/text': tf_feature_pb2.Feature(bytes_list=texts)}
  features |= {'objects/bbox': tf_feature_pb2.Feature(float_list=sides)}
  return tf_example_pb2.Example(features=tf_feature_pb2.Features(feature=features)).SerializeToString()


def prepare(tmp_path, name, splits):
  """A prepared set of a few images with labels and attributes, made without TensorFlow."""
  folder = tmp_path / 'tfds' / name / '1.0.0'
  folder.mkdir(parents=True)
  kinds = tensorflow_datasets.features
  flags = kinds.FeaturesDict({'Smile': np.bool_, 'Hat': np.bool_})
  label = kinds.ClassLabel(names=['even', 'odd'])
  image = kinds.Image(shape=(None, None, 3))
  told = {
    'captions': kinds.Sequence({'text': kinds.Text()}),
    'objects': kinds.Sequence({'bbox': kinds.BBoxFeature()}),
  }
  kinds.FeaturesDict({'image': image, 'label': label, 'attributes': flags, **told}).save_config(folder)
  described = []
  for split, count in splits.items():
    writer = ArrayRecordWriter(str(folder / f'{name}-{split}.array_record-00000-of-00001'), 'group_size:1')
    for k in range(count):
      writer.write(example(k))
    writer.close()
    template = '{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}'
    described.append({'name': split, 'shardLengths': [str(count)], 'filepathTemplate': template})
  info = {'name': name, 'version': '1.0.0', 'fileFormat': 'array_record', 'splits': described}
  (folder / 'dataset_info.json').write_text(json.dumps(info))
  return tmp_path


@pytest.fixture
def tiny(tmp_path):
  return prepare(tmp_path, 'tiny', SPLITS)


@pytest.mark.long
def test_images_labels_and_attributes_are_read(tiny):
  dataset = tfds.make(options(tfds, tiny, tfds_name='tiny'), 2)
  assert dataset.size == 5
  assert dataset.arrays['image'].shape == (5, 8, 8, 3)
  assert dataset.arrays['image'][:, 0, 0, 0].tolist() == [0, 10, 20, 30, 40]
  assert dataset.arrays['label'].tolist() == [0, 1, 0, 1, 0]
  assert dataset.label_names == ('even', 'odd')
  smile, hat = (dataset.attribute_names.index(name) for name in ('Smile', 'Hat'))
  assert dataset.arrays['attributes'].dtype == np.float32
  assert dataset.arrays['attributes'][:, hat].tolist() == [0, 0, 0, 1, 1]
  assert (dataset.arrays['attributes'][:, smile] == 1).all()
  assert dataset.batch(0, 0)['image'].shape == (2, 8, 8, 3)


def test_test_split_falls_back_to_validation_and_unknown_ones_are_named(tiny):
  assert tfds.make(options(tfds, tiny, tfds_name='tiny', split='test'), 2).size == 3
  assert tfds.make(options(tfds, tiny, tfds_name='tiny', split='train[:2]'), 2).size == 2
  with pytest.raises(errors.UserError, match=r"unknown data.split 'tarin'; did you mean 'train'"):
    tfds.make(options(tfds, tiny, tfds_name='tiny', split='tarin'), 2)


def test_captions_and_the_largest_boxes_are_read_if_they_are_asked_for(tiny):
  dataset = tfds.make(options(tfds, tiny, tfds_name='tiny', captions=True, resize='stretch'), 2)
  assert dataset.arrays['captions'].shape[:2] == (5, 2)
  assert words.decode(dataset.arrays['captions'][3, 1]) == 'a bird, number 3'
  np.testing.assert_allclose(dataset.arrays['box'], [[0.25, 0.5, 0.75, 0.75]] * 5)
  batch = dataset.batch(0, 0)
  captions = {'caption', 'caption_again', 'caption_wrong'}
  assert set(batch) == {'image', 'label', 'attributes', 'box', *captions}
  assert dataset.spec().vocabulary == words.CHARACTERS
  assert 'captions' not in tfds.make(options(tfds, tiny, tfds_name='tiny'), 2).arrays


def test_chosen_attributes_are_read(tiny):
  dataset = tfds.make(options(tfds, tiny, tfds_name='tiny', attributes=('Hat',)), 2)
  assert dataset.attribute_names == ('Hat',)
  assert dataset.arrays['attributes'].tolist() == [[0], [0], [0], [1], [1]]


def test_unpaired_splits_are_read(tmp_path):
  prepare(tmp_path, 'beasts', {'trainA': 2, 'trainB': 5, 'testA': 1, 'testB': 1})
  fields = dict(tfds_name='beasts')
  dataset = tfds_unpaired.make(options(tfds_unpaired, tmp_path, **fields), 5)
  assert dataset.size == 5
  assert dataset.unpaired == ('image',)
  assert len(dataset.arrays['source']) == 2
  level = lambda images: sorted(np.round((np.asarray(images)[:, 0, 0, 0] + 1) * 12.75).tolist())
  batch = dataset.batch(0, 0)
  assert level(batch['image']) == [0, 1, 2, 3, 4]
  assert level(batch['source']) == [0, 0, 0, 1, 1]
  assert tfds_unpaired.make(options(tfds_unpaired, tmp_path, **fields, split='test'), 1).size == 1


READ = """
import sys
import ml_collections
from gan_jax.data import tfds
dataset = tfds.make(ml_collections.ConfigDict(eval(sys.argv[1])), 2)
print(dataset.size, 'tensorflow' in sys.modules, 'tensorflow_datasets' in sys.modules)
"""


@pytest.mark.long
def test_reading_loads_no_tensorflow_and_the_second_start_no_tfds(tiny):
  arguments = [sys.executable, '-c', READ, str(options(tfds, tiny, tfds_name='tiny').to_dict())]
  lines = [subprocess.run(arguments, capture_output=True, text=True).stdout for _ in range(2)]
  assert lines == ['5 False True\n', '5 False False\n']


def test_unknown_names_are_named(tmp_path):
  with pytest.raises(errors.UserError, match=r"unknown data.tfds_name 'mnits'; did you mean 'mnist'"):
    tfds.make(options(tfds, tmp_path, tfds_name='mnits'), 2)
  with pytest.raises(errors.UserError, match=r"unknown data.tfds_name 'qqqqqq'; the names are at https"):
    tfds.make(options(tfds, tmp_path, tfds_name='qqqqqq'), 2)
  with pytest.raises(errors.UserError, match=r"'mnist:9.9.9' cannot be loaded .* only: 3.0.1"):
    tfds.make(options(tfds, tmp_path, tfds_name='mnist:9.9.9'), 2)


@pytest.fixture
def offline(monkeypatch):
  def fail(*args, **kwargs):
    raise urllib.error.URLError('no network')

  monkeypatch.setattr(urllib.request, 'urlopen', fail)
  monkeypatch.setattr(subprocess, 'run', None)  # no process is started in vain


@pytest.mark.usefixtures('offline')
def test_without_network_the_files_are_named_at_once(tmp_path):
  start = time.perf_counter()
  message = r'mnist must be downloaded, but storage.googleapis.com cannot be reached: set '
  message += r'--config.data.manual_dir=DIR with t10k-images-idx3-ubyte.gz, .* train-labels-idx1-ubyte.gz$'
  with pytest.raises(errors.UserError, match=message):
    tfds.make(options(tfds, tmp_path, tfds_name='mnist'), 2)
  assert time.perf_counter() - start < 10


@pytest.mark.usefixtures('offline')
def test_missing_manual_files_are_named(tmp_path):
  with pytest.raises(errors.UserError, match='nowhere is not a folder'):
    tfds.make(options(tfds, tmp_path, tfds_name='mnist', manual_dir=str(tmp_path / 'nowhere')), 2)
  (tmp_path / 'train-images-idx3-ubyte.gz').write_text('')
  lacks = r'lacks t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz, train-labels-idx1-ubyte.gz, and'
  with pytest.raises(errors.UserError, match=lacks):
    tfds.make(options(tfds, tmp_path, tfds_name='mnist', manual_dir=str(tmp_path)), 2)
  with pytest.raises(errors.UserError, match=r'imagenet2012 wants files .* ILSVRC2012_img_train.tar'):
    tfds.make(options(tfds, tmp_path, tfds_name='imagenet2012'), 2)


def test_slow_name_server_is_not_waited_for(monkeypatch):
  def slow(*args, **kwargs):
    time.sleep(2)
    raise urllib.error.URLError('no answer')

  monkeypatch.setattr(tfds_prepare, 'PATIENCE', 0.1)
  monkeypatch.setattr(urllib.request, 'urlopen', slow)
  start = time.perf_counter()
  assert not tfds_prepare.reachable('https://example.org/file')
  assert time.perf_counter() - start < 1.5


def test_failure_to_prepare_is_one_line(tmp_path, monkeypatch):
  monkeypatch.setattr(tfds_prepare, 'check_files', lambda *args: None)
  builder = types.SimpleNamespace(data_path=tmp_path / 'set', data_dir_root=tmp_path)
  with pytest.raises(errors.UserError, match=r'^tiny2 cannot be prepared: DatasetNotFoundError: [^\n]*$'):
    tfds_prepare.run(builder, 'tiny2', '')


def test_sets_with_files_of_the_same_names_are_unpacked_apart(tmp_path, monkeypatch):
  folders = set()

  def builder(name, **kwargs):
    prepare = lambda download_dir, download_config: folders.add(download_dir)
    return types.SimpleNamespace(name=name, download_and_prepare=prepare)

  monkeypatch.setattr(tensorflow_datasets, 'builder', builder)
  assert [tfds_prepare.main(name, str(tmp_path), '') for name in ('mnist', 'fashion_mnist')] == ['', '']
  assert len(folders) == 2
