"""Every kind of image file decodes to the pixels that it shows; every bad one is named."""

import concurrent.futures
import errno
import io
import os
import time

import ml_collections
import numpy as np
import pytest
from PIL import Image, ImageFile

from gan_jax import errors
from gan_jax.configs.fields import defaults
from gan_jax.data.decoding import images, in_flight

RED, GREEN, WHITE = (255, 0, 0), (0, 255, 0), (255, 255, 255)


def encoded(image, suffix, **kwargs):
  file = io.BytesIO()
  image.save(file, suffix, **kwargs)
  file.seek(0)
  return file


def decode(image, suffix='PNG', size=(8, 8), channels=3, resize='none', background='white', **kwargs):
  return images.decode(encoded(image, suffix, **kwargs), size, channels, resize, background, name='file')


def halves(left, right, mode='RGB', size=(8, 8)):
  """A Pillow image of (width, height) `size`: one colour left, the other right."""
  image = Image.new(mode, size, left)
  image.paste(right, (size[0] // 2, 0, *size))
  return image


def palette():
  image = Image.new('P', (8, 8))
  image.putpalette([*RED, *GREEN])
  image.paste(1, (4, 0, 8, 8))
  return image


def sixteen_bit(values=(0, 32896)):
  return Image.fromarray(np.repeat(np.array([values], np.uint16), 4, 1).repeat(8, 0))


def floats(top):
  return Image.fromarray(np.array([[0.0] * 4 + [top] * 4] * 8, np.float32))


@pytest.mark.parametrize(
  ('image', 'suffix', 'kwargs', 'left', 'right'),
  [
    (halves(10, 200, 'L'), 'PNG', {}, (10,) * 3, (200,) * 3),
    (halves(0, 1, '1'), 'PNG', {}, (0,) * 3, WHITE),
    (halves(RED, GREEN), 'PNG', {}, RED, GREEN),
    (halves(RED, GREEN), 'BMP', {}, RED, GREEN),
    (halves(RED, GREEN), 'PPM', {}, RED, GREEN),
    (halves(RED, GREEN), 'WEBP', {'lossless': True}, RED, GREEN),
    (halves(RED, GREEN), 'JPEG', {'quality': 100, 'subsampling': 0}, RED, GREEN),
    (halves((*RED, 0), (*GREEN, 255), 'RGBA'), 'PNG', {}, WHITE, GREEN),
    (halves((0, 0), (0, 51), 'LA'), 'PNG', {}, WHITE, (204,) * 3),
    (halves(RED, GREEN), 'PNG', {'transparency': RED}, WHITE, GREEN),
    (palette(), 'PNG', {}, RED, GREEN),
    (palette(), 'PNG', {'transparency': 1}, RED, WHITE),
    (palette(), 'PNG', {'transparency': b'\xff\x33'}, RED, (204, 255, 204)),
    (palette(), 'GIF', {'transparency': 0}, WHITE, GREEN),
    (sixteen_bit(), 'PNG', {}, (0,) * 3, (128,) * 3),
    (sixteen_bit(), 'TIFF', {}, (0,) * 3, (128,) * 3),
    (sixteen_bit(), 'PPM', {}, (0,) * 3, (128,) * 3),
    (halves((0, 255, 255, 0), (255, 0, 255, 0), 'CMYK'), 'TIFF', {}, RED, GREEN),
    (halves((0, 255, 255, 0), (255, 0, 255, 0), 'CMYK'), 'JPEG', {'quality': 100}, RED, GREEN),
    (floats(0.4), 'TIFF', {}, (0,) * 3, (102,) * 3),
    (floats(200.0), 'TIFF', {}, (0,) * 3, (200,) * 3),
    (floats(np.nan), 'TIFF', {}, (0,) * 3, (0,) * 3),
    (halves(RED, GREEN), 'GIF', {'save_all': True, 'append_images': [Image.new('RGB', (8, 8))]}, RED, GREEN),
    (halves(RED, GREEN), 'PNG', {'save_all': True, 'append_images': [Image.new('RGB', (8, 8))]}, RED, GREEN),
  ],
)
def test_each_kind_shows_its_colours(image, suffix, kwargs, left, right):
  pixels = decode(image, suffix, **kwargs)
  assert pixels.shape == (8, 8, 3)
  assert pixels.dtype == np.uint8
  np.testing.assert_allclose(pixels[:, 0].astype(int), [left] * 8, atol=3)
  np.testing.assert_allclose(pixels[:, -1].astype(int), [right] * 8, atol=3)


@pytest.mark.parametrize(('channels', 'pixel'), [(1, [76]), (3, RED), (4, [*RED, 255])])
def test_channels(channels, pixel):
  assert decode(Image.new('RGB', (8, 8), RED), channels=channels)[0, 0].tolist() == list(pixel)


def test_transparency_is_laid_over_the_background_or_kept():
  clear = Image.new('RGBA', (8, 8), (*RED, 0))
  assert decode(clear, background='#0000ff')[0, 0].tolist() == [0, 0, 255]
  assert decode(clear, channels=1, background='white')[0, 0].tolist() == [255]
  assert decode(clear, channels=4)[0, 0].tolist() == [*RED, 0]


def test_exif_rotation_comes_before_the_size():
  image = halves(RED, GREEN, size=(16, 8))
  exif = Image.Exif()
  exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright: left becomes top
  pixels = decode(image, size=(16, 8), exif=exif)
  assert pixels[0, 4].tolist() == list(RED)
  assert pixels[-1, 4].tolist() == list(GREEN)


@pytest.mark.parametrize('suffix', ['PNG', 'JPEG', 'TIFF', 'WEBP'])
@pytest.mark.parametrize('orientation', [1, 3, 6, 8])
def test_the_size_is_told_without_decoding(tmp_path, monkeypatch, suffix, orientation):
  exif = Image.Exif()
  exif[0x0112] = orientation
  path = tmp_path / 'file'
  halves(RED, GREEN, size=(20, 12)).save(path, suffix, exif=exif)
  shape = images.whole(path, 3).shape
  monkeypatch.setattr(ImageFile.ImageFile, 'load', None)
  assert images.size_of(path) == shape[:2] == ((12, 20) if orientation < 6 else (20, 12))


def test_shrinking_by_a_whole_ratio_averages_areas():
  values = np.random.default_rng(0).integers(0, 256, (12, 8, 3))
  pixels = decode(Image.fromarray(values.astype(np.uint8)), size=(6, 4), resize='crop')
  means = values.reshape(6, 2, 4, 2, 3).mean((1, 3))
  assert np.abs(pixels - means).max() <= 1


@pytest.mark.parametrize('size', [96, 100, 64, 48])
def test_resizing_keeps_the_mean_and_aliases_little(size):
  fine = np.tile(np.array([0, 255], np.uint8), (size, size // 2))  # stripes of one pixel
  pixels = decode(Image.fromarray(fine), size=(20, 20), resize='crop', channels=1).astype(float)
  assert abs(pixels.mean() - 127.5) < 4
  assert pixels.std() < 30  # picking pixels would give 127


def test_crop_takes_the_centre_and_stretch_takes_all():
  image = halves(RED, GREEN, size=(24, 8))
  image.paste(WHITE, (0, 0, 8, 8))  # the left third, outside the centre
  assert not (decode(image, resize='crop') == 255).all(-1).any()
  stretched = decode(image, resize='stretch')
  assert stretched[4, 0].tolist() == list(WHITE)
  assert stretched[4, -1].tolist() == list(GREEN)


def test_any_shape_is_cropped_to_any_other():
  for side in range(1, 120):
    for size in [(side, 40), (40, side)]:
      pixels = decode(Image.new('RGB', size, GREEN), size=(7, 13), resize='crop')
      assert pixels.shape == (7, 13, 3)
      assert (pixels == GREEN).all()


def test_random_crop_stores_a_margin():
  assert images.stored_size((64, 48), 'random_crop') == (72, 54)
  assert decode(Image.new('RGB', (99, 80)), size=(64, 48), resize='random_crop').shape == (72, 54, 3)


def test_large_jpegs_shrink_like_other_files():
  ramp = Image.fromarray(np.linspace(0, 255, 600).astype(np.uint8)[None].repeat(500, 0))
  small = [decode(ramp, suffix, size=(16, 20), resize='crop').astype(int) for suffix in ('PNG', 'JPEG')]
  assert np.abs(small[0] - small[1]).max() <= 3


def test_none_names_the_file_its_size_and_the_remedy():
  with pytest.raises(errors.UserError, match=r'file is 8 x 24 .*, not 8 x 8: set data.resize='):
    decode(Image.new('RGB', (24, 8)))


def bad(tmp_path, content):
  path = tmp_path / 'bad.png'
  path.write_bytes(content)
  with pytest.raises(images.BadImage, match=r'bad\.png cannot be read as an image') as error:
    images.decode(path, (8, 8))
  assert '\n' not in str(error.value)
  return str(error.value)


def test_damaged_files_are_named(tmp_path):
  noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
  assert 'no known image format' in bad(tmp_path, b'no image')
  assert 'no known image format' in bad(tmp_path, b'')
  for suffix in ('JPEG', 'PNG', 'WEBP', 'GIF', 'TIFF', 'BMP', 'PPM'):
    whole = encoded(noise, suffix).read()
    bad(tmp_path, whole[: len(whole) // 2])


@pytest.mark.parametrize('error', [OSError(errno.EIO, 'Input/output error'), MemoryError()])
def test_what_fails_for_a_while_is_no_bad_image(tmp_path, monkeypatch, error):
  """It would be left out for good."""
  path = tmp_path / 'good.png'
  path.write_bytes(encoded(Image.new('RGB', (8, 8)), 'PNG').read())

  def fails(*_):
    raise error

  monkeypatch.setattr(images.regular, 'opened', fails)
  with pytest.raises((errors.UserError, MemoryError)) as told:
    images.decode(path, (8, 8))
  assert not isinstance(told.value, images.BadImage)


def test_missing_file_is_named(tmp_path):
  with pytest.raises(images.BadImage, match='No such file'):
    images.decode(tmp_path / 'nothing.png', (8, 8))


@pytest.mark.filterwarnings('ignore::PIL.Image.DecompressionBombWarning')
def test_files_of_any_length_are_not_read_whole(tmp_path, monkeypatch):
  monkeypatch.setattr(images.regular, 'LONGEST', 1000)
  Image.new('RGB', (8, 8)).save(tmp_path / 'a.webp')
  os.truncate(tmp_path / 'a.webp', 2000)
  with pytest.raises(images.BadImage, match='more than 1,000 bytes'):
    images.whole(tmp_path / 'a.webp', 3)


@pytest.mark.parametrize('limit', [100, 1000])
def test_decompression_bombs_are_refused(tmp_path, monkeypatch, limit):
  monkeypatch.setattr(
    Image, 'MAX_IMAGE_PIXELS', limit
  )  # Pillow itself refuses twice as many, and warns before
  assert 'pixels' in bad(tmp_path, encoded(Image.new('RGB', (40, 40)), 'PNG').read())


def test_formats_that_start_other_programs_are_not_opened(tmp_path):
  bad(tmp_path, encoded(Image.new('RGB', (8, 8)), 'EPS').read())


@pytest.mark.parametrize(
  ('field', 'value', 'message'),
  [
    ('resize', 'corp', "did you mean 'crop'"),
    ('on_bad_image', 'ignore', 'known: error, skip'),
    ('background', 'wihte', r"data\.background: .*'wihte'"),
    ('channels', 2, r'data\.channels is 1 \(grey\), 3'),
    ('size', (64,), r'data\.size is \(height, width\)'),
    ('size', (0, 64), r'data\.size is \(height, width\)'),
  ],
)
def test_wrong_settings_are_named(field, value, message):
  shared = {'size': (8, 8), 'channels': 3, 'resize': 'crop'}
  options = ml_collections.ConfigDict(shared | defaults(images.OPTIONS))
  with options.ignore_type():
    options[field] = value
  with pytest.raises(errors.UserError, match=message):
    images.settings(options)


def test_pipes_and_devices_are_not_read(tmp_path):
  os.mkfifo(tmp_path / 'pipe.png')
  (tmp_path / 'link.png').symlink_to('/dev/zero')
  for name in ('pipe.png', 'link.png'):
    for read in (images.size_of, lambda path: images.whole(path, 3)):
      with pytest.raises(images.BadImage, match='a pipe or a device, no file'):
        read(tmp_path / name)


def test_threads_take_memory_in_turn_and_one_image_may_take_it_all():
  memory, now, most = in_flight.Memory(100), [], []

  def take(count):
    with memory.taken(count):
      now.append(min(count, 100))
      most.append(sum(now))
      time.sleep(0.001)
      now.remove(min(count, 100))

  with concurrent.futures.ThreadPoolExecutor(8) as pool:
    list(pool.map(take, [30, 40, 500, 60] * 10))
  assert 60 <= max(most) <= 100


def test_deep_images_are_brought_to_8_bits_in_parts(monkeypatch):
  values = np.random.default_rng(0).integers(0, 65536, (50, 8)).astype(np.uint16)
  image = Image.fromarray(values)
  monkeypatch.setattr(images, 'ROWS', 7)
  found = images.decode(encoded(image, 'PNG'), (50, 8), 1, 'none', name='file')
  assert (found[..., 0] == np.round(values / 257)).all()
