"""Folders of images: what is found, how it is labelled and split, what is refused, what is kept decoded."""

import os
import pickle
import shutil

import jax
import numpy as np
import pytest
from pictures import levels, options, paint
from PIL import Image

from gan_jax import errors
from gan_jax.data import folder
from gan_jax.data.decoding import images


def refuse(tmp_path, message, **changes):
  with pytest.raises(errors.UserError, match=message) as error:
    folder.make(options(folder, tmp_path, **changes), 2)
  assert '\n' not in str(error.value)


def test_images_come_sorted_from_all_depths_and_other_files_are_ignored(tmp_path):
  paint(tmp_path / 'set', 'b.png', 'a.JPG', 'c/d/e.png', 'c.webp')
  for file in ('notes.txt', '.DS_Store', '._a.png', 'c/labels.json'):
    (tmp_path / 'set' / file).write_text('no image')
  dataset = folder.make(options(folder, tmp_path), 2)
  assert levels(dataset) == [1, 0, 3, 2]
  assert dataset.size == 4
  assert dataset.image_shape == (8, 8, 3)
  assert 'label' not in dataset.arrays
  batch = jax.jit(lambda dataset: dataset.batch(0, 0))(dataset)
  assert batch['image'].shape == (2, 8, 8, 3)
  assert batch['image'].dtype == np.float32


def test_sub_folders_are_labels(tmp_path):
  paint(tmp_path / 'set', 'dog/1.png', 'cat/1.png', 'cat/young/2.png')
  dataset = folder.make(options(folder, tmp_path, flip=True), 2)
  assert dataset.label_names == ('cat', 'dog')
  assert dataset.arrays['label'].tolist() == [0, 0, 1]
  assert dataset.arrays['label'].dtype == np.int32
  assert dataset.flip


@pytest.mark.parametrize('files', [('one/1.png', 'one/2.png'), ('one/1.png', 'two/1.png', '3.png')])
def test_one_sub_folder_or_loose_images_give_no_labels(tmp_path, files):
  paint(tmp_path / 'set', *files)
  assert 'label' not in folder.make(options(folder, tmp_path), 2).arrays


def test_splits_lie_in_sub_folders_and_share_label_numbers(tmp_path):
  paint(tmp_path / 'set', 'train/a/1.png', 'train/b/2.png', 'train/c/3.png', 'val/b/4.png', 'val/c/5.png')
  train, test = (folder.make(options(folder, tmp_path, split=split), 2) for split in ('train', 'test'))
  assert levels(train) == [0, 1, 2]
  assert levels(test) == [3, 4]
  assert train.label_names == test.label_names == ('a', 'b', 'c')
  assert test.arrays['label'].tolist() == [1, 2]


def test_without_split_folders_all_images_are_for_training(tmp_path):
  paint(tmp_path / 'set', 'train/1.png', 'car/1.png', 'plane/2.png')  # the vehicle
  assert folder.make(options(folder, tmp_path), 2).label_names == ('car', 'plane', 'train')
  refuse(tmp_path, r'has no test split: put images in .* train/ and test/$', split='test')
  refuse(tmp_path, "unknown data.split 'tset'; did you mean 'test'", split='tset')


def test_bad_folders_are_refused(tmp_path):
  refuse(tmp_path, 'data.path is empty: set --config.data.path=FOLDER', path='')
  refuse(tmp_path, 'set is not a folder')
  (tmp_path / 'set').mkdir()
  refuse(tmp_path, r'set holds no images \(.avif')


def test_bad_images_are_refused_or_skipped(tmp_path, capsys):
  paint(tmp_path / 'set', 'x/a.png', 'y/b.png', 'x/c.png')
  (tmp_path / 'set' / 'x' / 'bad.png').write_text('no image')
  (tmp_path / 'set' / 'x' / 'link.png').symlink_to('nowhere.png')
  refuse(tmp_path, r'x/bad\.png cannot be read as an image .* data.on_bad_image=skip')
  for _ in range(2):  # decoded, and from the cache
    dataset = folder.make(options(folder, tmp_path, on_bad_image='skip'), 2)
    assert levels(dataset) == [0, 2, 1]
    assert dataset.arrays['label'].tolist() == [0, 0, 1]
    printed = capsys.readouterr().out
    assert printed == 'skipped 2 of 5 images that cannot be read: x/bad.png, x/link.png\n'


def test_names_that_are_no_text_are_told_in_one_line(tmp_path, capsys):
  paint(tmp_path / 'set', 'a.png')
  (tmp_path / 'set' / os.fsdecode(b'\xff\n\x1b.png')).write_text('no image')
  refuse(tmp_path, r'\?\?\?\.png cannot be read')
  folder.make(options(folder, tmp_path, on_bad_image='skip'), 1)
  assert capsys.readouterr().out == 'skipped 1 of 2 images that cannot be read: ???.png\n'


def test_nothing_but_bad_images_is_refused(tmp_path):
  (tmp_path / 'set').mkdir()
  (tmp_path / 'set' / 'bad.png').write_bytes(pickle.dumps('no image'))
  refuse(tmp_path, r'none of the 1 images can be read: .*bad\.png', on_bad_image='skip')


def test_mixed_sizes_are_refused_without_resizing(tmp_path):
  paint(tmp_path / 'set', 'a.png')
  paint(tmp_path / 'set', 'b.png', 'c.png', size=(9, 7))
  refuse(tmp_path, r'b\.png is 7 x 9 .*, not 8 x 8: set data.resize=crop, or data.size', resize='none')


def test_random_windows_are_smaller_than_what_is_stored(tmp_path):
  paint(tmp_path / 'set', 'a.png', size=(40, 30))
  dataset = folder.make(options(folder, tmp_path, size=(16, 24), resize='random_crop'), 3)
  assert dataset.arrays['image'].shape == (1, 18, 27, 3)
  assert dataset.batch(0, 0)['image'].shape == (3, 16, 24, 3)


def test_loops_of_links_end_and_real_folders_come_first(tmp_path):
  paint(tmp_path / 'set', 'a/1.png', 'b/2.png')
  (tmp_path / 'set' / 'a' / 'loop').symlink_to('..')
  (tmp_path / 'set' / 'b' / 'other').symlink_to('../a')
  (tmp_path / 'elsewhere').mkdir()
  (tmp_path / 'set' / 'link').symlink_to('../elsewhere')
  (tmp_path / 'elsewhere' / '3.png').write_text('')
  assert list(folder.scan(tmp_path / 'set')) == ['a/1.png', 'b/2.png', 'link/3.png']


def test_what_is_no_file_neither_hangs_nor_ends_the_search(tmp_path):
  paint(tmp_path, 'a.png')
  os.mkfifo(tmp_path / 'pipe.png')
  (tmp_path / 'self.png').symlink_to('self.png')
  (tmp_path / 'self').symlink_to('self')
  (tmp_path / 'nothing.png').symlink_to('nowhere')
  assert list(folder.scan(tmp_path)) == ['a.png', 'nothing.png', 'self.png']


def test_second_start_decodes_nothing(tmp_path, monkeypatch):
  paint(tmp_path / 'set', *(f'{k:02}.png' for k in range(20)))
  first = folder.make(options(folder, tmp_path), 2)
  with monkeypatch.context() as patch:
    patch.setattr(images, 'decode', None)
    second = folder.make(options(folder, tmp_path), 2)
  assert isinstance(second.arrays['image'], np.memmap)
  assert levels(first) == levels(second) == list(range(20))


def test_changed_files_and_settings_decode_anew(tmp_path):
  paint(tmp_path / 'set', 'a.png', 'b.png')
  folder.make(options(folder, tmp_path), 2)
  Image.new('RGB', (8, 8), (70, 70, 70)).save(tmp_path / 'set' / 'a.png')
  os.utime(tmp_path / 'set' / 'a.png', (1, 1))
  assert levels(folder.make(options(folder, tmp_path), 2)) == [7, 1]
  assert folder.make(options(folder, tmp_path, channels=1), 2).arrays['image'].shape == (2, 8, 8, 1)
  assert folder.make(options(folder, tmp_path, size=(4, 4)), 2).arrays['image'].shape == (2, 4, 4, 3)
  (tmp_path / 'set' / 'b.png').unlink()
  assert levels(folder.make(options(folder, tmp_path), 2)) == [7]


def test_failed_writer_leaves_nothing(tmp_path):
  paint(tmp_path / 'set', 'a.png', 'b.png')
  (tmp_path / 'set' / 'c.png').write_text('no image')
  refuse(tmp_path, r'c\.png')
  assert list((tmp_path / 'decoded').iterdir()) == []


def test_folders_that_cannot_be_written_are_named(tmp_path):
  paint(tmp_path / 'set', 'a.png')
  (tmp_path / 'file').write_text('')
  refuse(tmp_path, r'cannot use .*: set data.data_dir', data_dir=str(tmp_path / 'file'))


def test_a_copy_elsewhere_is_the_same_set(tmp_path):
  paint(tmp_path / 'set', 'a/1.png', 'b/2.png')
  shutil.copytree(tmp_path / 'set', tmp_path / 'copy')  # at another time, too
  os.utime(tmp_path / 'copy' / 'a' / '1.png', (1, 1))
  one, other = (
    folder.make(options(folder, tmp_path, path=str(tmp_path / name)), 2) for name in ('set', 'copy')
  )
  assert one.fingerprint == other.fingerprint == one.spec().fingerprint
  assert one.fingerprint.startswith('2 images (')


def more(root):
  paint(root, 'b/3.png')


def renamed(root):
  (root / 'a' / '1.png').rename(root / 'a' / '0.png')


def rewritten(root):
  Image.new('RGB', (9, 9), 'red').save(root / 'a' / '1.png')


def labelled(root):
  (root / 'labels.csv').write_text('file,label\na/1.png,b\nb/2.png,a\n')


@pytest.mark.parametrize('change', [more, renamed, rewritten, labelled])
def test_another_set_has_another_fingerprint(tmp_path, change):
  paint(tmp_path / 'set', 'a/1.png', 'b/2.png')
  before = folder.make(options(folder, tmp_path), 2).fingerprint
  change(tmp_path / 'set')
  labels = 'labels.csv' if change is labelled else ''
  assert folder.make(options(folder, tmp_path, labels=labels), 2).fingerprint != before
