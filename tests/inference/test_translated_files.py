"""Folders of images translated: names, sizes, what is told, and inputs that nothing touches."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tqdm import tqdm

from gan_jax import errors
from gan_jax.inference import buckets, inputs, translate
from gan_jax.inference.translator import Translator

UNET = (('generator.depth', '2'), ('generator.dropout', '0'))


@pytest.fixture
def translator(begun):
  return translate.load(begun('pix2pix', *UNET).folder)


@pytest.fixture
def negative(translator, monkeypatch):
  """A Translator that makes negatives, in no time; `asked` has the sizes of images and those asked for."""
  asked = []

  def call(self, image, size, **_):
    asked.append((image.shape[:2], size))
    return 255 - image

  monkeypatch.setattr(Translator, '__call__', call)
  translator.asked = asked
  return translator


def paint(folder, *files, size=(20, 12)):
  """RGB images with the names `files`, each of its own grey."""
  for k, file in enumerate(files):
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    Image.new('RGB', size[::-1], (k,) * 3).save(folder / file)
  return folder


def contents(folder):
  """{name: bytes} of all files below a folder."""
  return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


def test_each_image_comes_out_in_its_size_under_its_name(translator, tmp_path):
  source = paint(tmp_path / 'in', 'a.png', 'b/c.bmp', 'b/two.dots.JPG')
  Image.new('L', (16, 9), 7).save(source / 'grey.png')
  Image.new('RGBA', (16, 9), (1, 2, 3, 4)).save(source / 'transparent.png')
  Image.fromarray(np.full((9, 16), 2**15, np.uint16)).save(source / '16 bit.png')
  (source / 'broken.png').write_text('no image')
  before = contents(source)
  assert translate.write(translator, source, tmp_path / 'out') == 6
  assert contents(source) == before
  sizes = {name: Image.open(tmp_path / 'out' / name).size for name in contents(tmp_path / 'out')}
  small = dict.fromkeys(('grey.png', 'transparent.png', '16 bit.png'), (16, 9))
  assert sizes == {'a.png': (12, 20), 'b/c.png': (12, 20), 'b/two.dots.png': (12, 20), **small}


def test_one_image_becomes_the_file_that_is_named(negative, tmp_path):
  source = paint(tmp_path / 'in', 'a.jpg')
  for out, file in (('new/one.png', 'new/one.png'), ('folder', 'folder/a.png')):
    assert translate.write(negative, source / 'a.jpg', tmp_path / out) == 1
    assert np.asarray(Image.open(tmp_path / file)).min() == 255
  assert contents(tmp_path / 'in').keys() == {'a.jpg'}


def test_many_sizes_are_padded_to_a_few(negative, tmp_path):
  sizes = [(33 + k, 40 + k) for k in range(3 * buckets.EXACT)]
  for k, (height, width) in enumerate(sizes):
    paint(tmp_path / 'in', f'{k:02d}.png', size=(height, width))
  assert translate.write(negative, tmp_path / 'in', tmp_path / 'out') == len(sizes)
  assert sorted(image for image, _ in negative.asked) == sizes
  assert len({size for _, size in negative.asked}) < 2 * buckets.EXACT
  for k, (height, width) in enumerate(sizes):
    assert Image.open(tmp_path / f'out/{k:02d}.png').size == (width, height)


def test_turned_images_are_measured_as_they_are_seen(negative, tmp_path):
  (tmp_path / 'in').mkdir()
  turned = Image.Exif()
  turned[0x0112] = 6  # by a quarter
  Image.new('RGB', (12, 20)).save(tmp_path / 'in/a.jpg', exif=turned)
  translate.write(negative, tmp_path / 'in', tmp_path / 'out')
  assert negative.asked == [((12, 20), (12, 20))]


@pytest.mark.parametrize(
  ('source', 'out', 'message'),
  [
    ('in', 'in', 'is where the inputs are: name another folder'),
    ('in', 'in/../in/.', 'is where the inputs are'),
    ('in', 'link', 'is where the inputs are'),
    ('link', 'in', 'is where the inputs are'),
    ('in', 'in/b', 'b/a.png would be written over the input'),
    ('in', 'out', 'out/b/a.png would be written over the input'),  # out/b is a link to in/b
    ('in', 'hard', 'a.png would be written over the input'),
    ('in', 'soft', 'a.png would be written over the input'),
    ('in/a.png', 'in', 'is where the inputs are'),
    ('in/a.png', 'in/a.png', 'a.png would be written over the input'),
    ('in/a.png', 'link/a.png', 'a.png would be written over the input'),
    ('in/a.png', 'soft/a.png', 'a.png would be written over the input'),
  ],
)
def test_inputs_are_not_written_over(negative, tmp_path, source, out, message):
  root = paint(tmp_path / 'in', 'a.png', 'b/a.png', 'b/c.png')
  (tmp_path / 'link').symlink_to(root)
  for folder in ('out', 'hard', 'soft'):
    (tmp_path / folder).mkdir()
  (tmp_path / 'out/b').symlink_to(root / 'b')
  os.link(root / 'a.png', tmp_path / 'hard/a.png')
  (tmp_path / 'soft/a.png').symlink_to(root / 'a.png')
  before = contents(tmp_path)
  with pytest.raises(errors.UserError, match=message) as error:
    translate.write(negative, tmp_path / source, tmp_path / out)
  assert '\n' not in str(error.value)
  assert contents(tmp_path) == before


def test_a_folder_within_the_inputs_is_taken_once(negative, tmp_path):
  """The second time the first translations are inputs."""
  source = paint(tmp_path / 'in', 'a.jpg')
  assert translate.write(negative, source, source / 'out') == 1
  before = contents(source)
  with pytest.raises(errors.UserError, match=r'out/a\.png would be written over the input'):
    translate.write(negative, source, source / 'out')
  assert contents(source) == before


def test_masks_are_not_written_over(begun, tmp_path):
  translator = translate.load(begun('inpainting', *UNET).folder)
  source, masks = paint(tmp_path / 'in', 'a.png'), paint(tmp_path / 'masks', 'a.png')
  with pytest.raises(errors.UserError, match='would be written over the input'):
    translate.write(translator, source, masks, masks)


@pytest.mark.parametrize(
  ('source', 'out', 'message'),
  [
    ('in', 'one.png', r'a folder of images becomes a folder, --out=.*/one$'),
    ('in', 'one.JPG', r'a folder of images becomes a folder, --out=.*/one$'),
    ('in', 'one.npz', r'a folder of images becomes a folder, --out=.*/one$'),
    ('in/a.png', 'one.jpg', r'an image becomes a PNG, --out=.*/one\.png$'),
    ('in', 'notes.txt', r'notes\.txt is a file: name a folder$'),
    ('in', 'notes.txt/deep', r'notes\.txt/deep/a\.png cannot be written: .*Not a directory'),
  ],
)
def test_what_cannot_be_written_is_named(negative, tmp_path, source, out, message):
  paint(tmp_path / 'in', 'a.png')
  (tmp_path / 'notes.txt').write_text('mine')
  before = contents(tmp_path)
  with pytest.raises(errors.UserError, match=message):
    translate.write(negative, tmp_path / source, tmp_path / out)
  assert contents(tmp_path) == before


def test_a_folder_may_be_called_like_a_file(negative, tmp_path):
  source = paint(tmp_path / 'in', 'a.png')
  (tmp_path / 'one.png').mkdir()
  assert translate.write(negative, source, tmp_path / 'one.png') == 1
  assert contents(tmp_path / 'one.png').keys() == {'a.png'}


def test_two_images_do_not_become_one_file(negative, tmp_path):
  source = paint(tmp_path / 'in', 'a.png', 'a.bmp')
  with pytest.raises(errors.UserError, match=r'a\.bmp and a\.png would both become a\.png: rename one'):
    translate.write(negative, source, tmp_path / 'out')


def test_files_that_cannot_be_read_are_named_at_the_end(negative, tmp_path, capsys):
  source = paint(tmp_path / 'in', 'a.png', 'cut.png', 'b/absent.png')
  (source / 'cut.png').write_bytes((source / 'cut.png').read_bytes()[:60])  # its size can be read
  (source / 'text.jpg').write_text('no image')
  (source / 'b/absent.png').unlink()
  (source / 'b/absent.png').symlink_to('nowhere')
  assert translate.write(negative, source, tmp_path / 'out') == 1
  told = capsys.readouterr().out
  assert 'passed over 3 of 4 files, which cannot be read: ' in told
  assert all(name in told for name in ('cut.png', 'text.jpg', 'b/absent.png'))
  assert contents(tmp_path / 'out').keys() == {'a.png'}
  with pytest.raises(errors.UserError, match=r'text\.jpg: text\.jpg cannot be read$'):
    translate.write(negative, source / 'text.jpg', tmp_path / 'out')


def test_names_that_are_no_text_are_told(negative, tmp_path, capsys):
  source = paint(tmp_path / 'in', 'a.png')
  Path(os.fsdecode(os.fsencode(source) + b'/b\xff\n.png')).write_text('no image')
  assert translate.write(negative, source, tmp_path / 'out') == 1
  assert 'cannot be read: b??.png\n' in capsys.readouterr().out


def test_the_bar_says_what_is_being_done(translator, tmp_path, monkeypatch, capsys):
  monkeypatch.setattr(translate, 'tqdm', lambda **options: tqdm(**{**options, 'disable': False}))
  translate.write(translator, paint(tmp_path / 'in', 'a.png') / 'a.png', tmp_path / 'one.png')
  told = capsys.readouterr().err
  assert 'compiling 20x12:   0%' in told
  assert 'translating 20x12: 100%' in told
  assert '1/1' in told


def test_ctrl_c_leaves_whole_files(negative, tmp_path, monkeypatch):
  source, save = paint(tmp_path / 'in', 'a.png', 'b.png', 'c.png'), Image.Image.save

  def interrupted(image, file, **options):
    save(image, file, **options)
    if 'c.png' in str(file):
      Path(file).write_bytes(Path(file).read_bytes()[:50])
      raise KeyboardInterrupt

  monkeypatch.setattr(Image.Image, 'save', interrupted)
  with pytest.raises(KeyboardInterrupt):
    translate.write(negative, source, tmp_path / 'out')
  assert contents(tmp_path / 'out').keys() == {'a.png', 'b.png'}


def test_one_image_is_held_at_a_time(negative, tmp_path, monkeypatch):
  """Each is written before the next is read."""
  events = []
  for module, name in ((inputs.images, 'whole'), (translate.files, 'save_png')):
    original = getattr(module, name)
    noted = lambda *words, name=name, original=original, **rest: (
      events.append(name) or original(*words, **rest)
    )
    monkeypatch.setattr(module, name, noted)
  translate.write(negative, paint(tmp_path / 'in', 'a.png', 'b.png', 'c.png'), tmp_path / 'out')
  assert events == 3 * ['whole', 'save_png']
