"""Tables beside a folder of images: the labels and attributes that they give, and what is refused."""

import os

import jax
import numpy as np
import pytest
from pictures import options, paint

from gan_jax import errors
from gan_jax.data import folder


def refuse(tmp_path, message, **changes):
  with pytest.raises(errors.UserError, match=message) as error:
    folder.make(options(folder, tmp_path, **changes), 2)
  assert '\n' not in str(error.value)


def table(tmp_path, text):
  (tmp_path / 'set' / 'labels.csv').write_text(text)
  return folder.make(options(folder, tmp_path, labels='labels.csv'), 2)


def test_table_gives_labels(tmp_path):
  paint(tmp_path / 'set', 'a.png', 'b/c.png', 'd.png')
  dataset = table(tmp_path, 'age,file,label\n3,d.png,10\n4,./b/c.png,9\n5,a.png,10\n')
  assert dataset.label_names == ('9', '10')
  assert dataset.arrays['label'].tolist() == [1, 0, 1]
  assert table(tmp_path, '\ufefflabel,file\nx,a.png\ny,b/c.png\nx,d.png\n').label_names == ('x', 'y')


@pytest.mark.parametrize(
  'text',
  [
    'file;label\na.png;x, y\nb.png;z\n',
    'file\tlabel\na.png\tx, y\nb.png\tz\n',
    'a.png;x, y\r\nb.png;z\r\n',
    ' file , label \n a.png , "x, y"\n b.png,z \n\n',
    'file,label,age\na.png,"x, y",1\nb.png,z,2\na.png,"x, y",3\n',
  ],
  ids=['semicolons', 'tabs', 'no heading', 'spaces', 'the same twice'],
)
def test_tables_are_read_as_people_write_them(tmp_path, text):
  paint(tmp_path / 'set', 'a.png', 'b.png')
  dataset = table(tmp_path, text)
  assert dataset.label_names == ('x, y', 'z')
  assert dataset.arrays['label'].tolist() == [0, 1]


def test_rows_for_files_that_are_not_there_are_counted(tmp_path, capsys):
  paint(tmp_path / 'set', 'a.png', 'b.png')
  rows = ''.join(f'{k}.png,other\n' for k in range(1234))
  dataset = table(tmp_path, f'{rows}a.png,x\nb.png,y\n')  # and the first row is one of them
  assert dataset.label_names == ('x', 'y')
  assert capsys.readouterr().out == 'labels.csv: 1,234 rows name files that are not there\n'


@pytest.mark.parametrize(
  ('text', 'message'),
  [
    ('name,label\na.png,1\n', r"labels\.csv has no column 'file'"),
    ('', r"labels\.csv has no column 'file'"),
    ('file,label\na.png,1\n', r'labels\.csv has no label for b\.png: add a row'),
    ('file,label\na.png,1\nb.png\n', r'labels\.csv has no label for b\.png'),
    ('file,label\nc.png,1\nd.png,2\n', r'none of its 2 rows names an image that is there; .* as in a\.png'),
    ('file,label\na.png,1\na.png,2\nb.png,1\n', r'labels\.csv says two things of a\.png: remove one'),
  ],
)
def test_tables_that_do_not_fit_are_refused(tmp_path, text, message):
  paint(tmp_path / 'set', 'a.png', 'b.png')
  (tmp_path / 'set' / 'labels.csv').write_text(text)
  refuse(tmp_path, message, labels='labels.csv')


def test_tables_that_cannot_be_read_are_refused(tmp_path):
  paint(tmp_path / 'set', 'a.png')
  refuse(tmp_path, r'nothing\.csv cannot be read \(No such file', labels='nothing.csv')
  refuse(tmp_path, r'a\.png is not a CSV file', labels='a.png')
  os.mkfifo(tmp_path / 'set' / 'pipe.csv')
  refuse(tmp_path, r'pipe\.csv cannot be read \(a pipe or a device, no file\)', labels='pipe.csv')
  refuse(tmp_path, r'pipe\.csv cannot be read', captions='pipe.csv')


def attributes(tmp_path, text, **changes):
  (tmp_path / 'set' / 'attributes.txt').write_text(text)
  return folder.make(options(folder, tmp_path, attribute_table='attributes.txt', **changes), 2)


CELEBA = '3\nHat  Smiling Male\na.jpg -1  1 -1\nb.jpg  1  1 -1\nc.jpg -1 -1  1\n'


def test_tables_give_attributes(tmp_path):
  paint(tmp_path / 'set', 'a.jpg', 'b.jpg', 'c.jpg')
  dataset = attributes(tmp_path, CELEBA)
  assert dataset.attribute_names == ('Hat', 'Smiling', 'Male')
  np.testing.assert_array_equal(dataset.arrays['attributes'], [[0, 1, 0], [1, 1, 0], [0, 0, 1]])
  some = attributes(tmp_path, CELEBA, attributes=('Male', 'Hat'))
  assert some.attribute_names == ('Male', 'Hat')
  np.testing.assert_array_equal(some.arrays['attributes'], [[0, 0], [0, 1], [1, 0]])
  text = 'image_id,Hat,age\nb.jpg,true,8\nc.jpg,0,9\na.jpg,-1,7\n'
  np.testing.assert_array_equal(
    attributes(tmp_path, text, attributes=('Hat',)).arrays['attributes'], [[0], [1], [0]]
  )
  batch = jax.jit(lambda dataset: dataset.batch(0, 0))(dataset)
  assert batch['attributes'].shape == (2, 3)


@pytest.mark.parametrize(
  ('text', 'wanted', 'message'),
  [
    ('file,hat\na.jpg,1\n', (), r'attributes\.txt: it says nothing of b\.jpg; every image needs'),
    ('file,hat\na.jpg,1\nb.jpg,2\n', (), r"hat of b\.jpg is '2'; every image needs 1, 0 or -1"),
    ('file,hat\na.jpg,1\nb.jpg\n', (), r"hat of b\.jpg is ''"),
    ('file,hat\nc.jpg,1\n', (), r'none of its 1 rows names an image that is there'),
    ('a.jpg,1\nb.jpg,1\n', (), 'has no columns of attributes: its first line must be file,NAME'),
    ('file,hat,cat\na.jpg,1,0\nb.jpg,1,0\na.jpg,0,0\n', ('hat',), r'says two things of a\.jpg'),
    (
      'file,hat\na.jpg,1\nb.jpg,1\n',
      ('cat',),
      r"unknown attribute in data\.attributes 'cat'; did you mean 'hat'",
    ),
    ('', (), 'has no columns of attributes'),
  ],
)
def test_attribute_tables_that_do_not_fit_are_refused(tmp_path, text, wanted, message):
  paint(tmp_path / 'set', 'a.jpg', 'b.jpg')
  with pytest.raises(errors.UserError, match=message):
    attributes(tmp_path, text, attributes=wanted)


def test_attributes_without_a_table_are_refused(tmp_path):
  paint(tmp_path / 'set', 'a.jpg')
  refuse(tmp_path, r'data\.attributes .* set data\.attribute_table', attributes=('Hat',))


def test_attributes_of_images_that_are_skipped_go_with_them(tmp_path):
  paint(tmp_path / 'set', 'a.jpg', 'b.jpg', 'c.jpg')
  (tmp_path / 'set' / 'b.jpg').write_text('no image')
  dataset = attributes(tmp_path, CELEBA, on_bad_image='skip')
  np.testing.assert_array_equal(dataset.arrays['attributes'], [[0, 1, 0], [0, 0, 1]])


def test_tables_give_values_scaled_over_the_training_split(tmp_path):
  paint(tmp_path / 'set', 'train/a.png', 'train/b.png', 'test/c.png')
  rows = 'train/a.png,20,1', 'train/b.png,40,0', 'test/c.png,45,1'
  (tmp_path / 'set/told.csv').write_text('\n'.join(['file,age,hat', *rows]))
  table = {'attribute_table': 'told.csv', 'values': ('age',)}
  train, test = (
    folder.make(options(folder, tmp_path, split=split, **table), 1) for split in ('train', 'test')
  )
  np.testing.assert_allclose(train.arrays['values'], [[-1], [1]])
  np.testing.assert_allclose(test.arrays['values'], [[1.5]])
  assert train.spec().value_ranges == test.spec().value_ranges == (('age', 20.0, 40.0),)
  assert train.spec().value_names == ('age',)
  assert train.attribute_names == ('hat',)


@pytest.mark.parametrize(
  ('rows', 'wanted', 'message'),
  [
    ('a.png,1\nb.png,x\n', ('age',), r"told\.csv: age of b\.png is 'x'; every image needs a number"),
    ('a.png,1\nb.png,inf\n', ('age',), r"age of b\.png is 'inf'"),
    ('a.png,1\n', ('age',), r'it says nothing of b\.png'),
    ('a.png,1\nb.png,2\n', ('aeg',), r"unknown value in data\.values 'aeg'; did you mean 'age'"),
    ('a.png,2\nb.png,2\n', ('age',), r'data\.values: age is the same for all images'),
  ],
)
def test_values_that_do_not_fit_are_refused(tmp_path, rows, wanted, message):
  paint(tmp_path / 'set', 'a.png', 'b.png')
  (tmp_path / 'set/told.csv').write_text(f'file,age\n{rows}')
  refuse(tmp_path, message, attribute_table='told.csv', values=wanted)
  refuse(tmp_path, r'data\.values are columns of a table: set data\.attribute_table', values=wanted)


def test_labels_may_be_missing_if_that_is_said(tmp_path):
  paint(tmp_path / 'set', 'a.png', 'b.png', 'c.png', 'd.png')
  (tmp_path / 'set/labels.csv').write_text('file,label\na.png,x\nb.png,\nd.png,y\n')
  told = {'labels': 'labels.csv'}
  refuse(tmp_path, r'no label for b\.png \(and 1 more\): add a row, or set data\.missing_labels=True', **told)
  known = folder.make(options(folder, tmp_path, missing_labels=True, **told), 2)
  assert known.arrays['label'].tolist() == [0, -1, -1, 1]
  assert known.label_names == ('x', 'y')
