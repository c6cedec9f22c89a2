"""Pairs and unpaired sets: what belongs together stays together, what does not is never aligned."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from pictures import options, paint
from PIL import Image

from gan_jax import errors
from gan_jax.data import avatar_looks, avatar_pairs, avatars, pairs, unpaired


def halves(folder, *files):
  """Images 12 wide, the k-th of level 50 + k on the left and 100 + k on the right."""
  folder.mkdir()
  for k, file in enumerate(files):
    image = Image.new('RGB', (12, 8), (50 + k,) * 3)
    image.paste((100 + k,) * 3, (6, 0, 12, 8))
    image.save(folder / file)


@pytest.mark.parametrize('source', ['left', 'right'])
def test_halves_of_a_file_are_a_pair(source, tmp_path):
  halves(tmp_path / 'set', 'a.png', 'b.png', 'c.png')
  dataset = pairs.make(options(pairs, tmp_path, size=(8, 6), source=source), 2)
  assert dataset.size == 3
  assert dataset.image_shape == (8, 6, 3)
  left, right = (
    dataset.arrays[name] for name in (('source', 'image') if source == 'left' else ('image', 'source'))
  )
  np.testing.assert_array_equal(left[:, 0, 0, 0], [50, 51, 52])
  np.testing.assert_array_equal(right[:, 7, 5, 0], [100, 101, 102])
  batch = jax.jit(lambda dataset: dataset.batch(0, 0))(dataset)
  assert batch['source'].shape == batch['image'].shape == (2, 8, 6, 3)


def test_pairs_are_cropped_and_flipped_alike(tmp_path):
  folder = tmp_path / 'set'
  folder.mkdir()
  half = np.random.default_rng(0).integers(0, 256, (16, 12, 3), np.uint8)
  for k in range(4):
    Image.fromarray(np.concatenate([half, half], 1)).save(folder / f'{k}.png')
  fields = dict(path=str(folder), resize='random_crop', flip=True)
  dataset = pairs.make(options(pairs, tmp_path, **fields), 4)
  batch = jax.jit(lambda dataset: dataset.batch(0, 0))(dataset)
  np.testing.assert_allclose(batch['source'], batch['image'], atol=0.05)
  assert not np.allclose(batch['image'][0], batch['image'][1], atol=0.05)


def test_two_folders_pair_files_of_one_name(tmp_path):
  paint(tmp_path / 'b', 'x.png', 'y.png')
  paint(tmp_path / 'a', 'y.jpg', 'x.jpg')
  fields = dict(path=str(tmp_path / 'b'), source_path=str(tmp_path / 'a'), source_channels=1)
  dataset = pairs.make(options(pairs, tmp_path, **fields), 2)
  assert dataset.arrays['source'].shape == (2, 8, 8, 1)
  np.testing.assert_allclose(dataset.arrays['image'][:, 0, 0, 0], [0, 10], atol=1)
  np.testing.assert_allclose(dataset.arrays['source'][:, 0, 0, 0], [10, 0], atol=1)
  paint(tmp_path / 'a', 'z.png')
  with pytest.raises(errors.UserError, match=r'a has 3 images, .*b 2: z.png has no partner'):
    pairs.make(options(pairs, tmp_path, **fields), 2)


def test_partners_that_could_be_others_are_refused(tmp_path):
  fields = dict(path=str(tmp_path / 'b'), source_path=str(tmp_path / 'a'))
  paint(tmp_path / 'b', 'x.jpg', 'x.png', 'y.jpg')
  paint(tmp_path / 'a', 'x.png', 'y.png')
  with pytest.raises(errors.UserError, match=r'b has x.jpg and x.png: which of them is the partner'):
    pairs.make(options(pairs, tmp_path, **fields), 2)
  (tmp_path / 'b/x.png').unlink()
  assert pairs.make(options(pairs, tmp_path, **fields), 2).size == 2
  paint(tmp_path / 'b', 'x.mask.jpg')  # after x.jpg, while x.mask.png is before x.png
  paint(tmp_path / 'a', 'x.mask.png')
  with pytest.raises(errors.UserError, match='sort differently: give all one ending'):
    pairs.make(options(pairs, tmp_path, **fields), 2)


@pytest.mark.parametrize('module', [pairs, unpaired])
def test_the_folder_of_sources_is_called_by_its_own_field(module, tmp_path):
  paint(tmp_path / 'set', 'x.png')
  (tmp_path / 'empty').mkdir()
  for path, message in (('nowhere', 'is not a folder'), ('empty', 'holds no images|has 1 images, .* 0')):
    with pytest.raises(errors.UserError, match=message) as error:
      module.make(options(module, tmp_path, source_path=str(tmp_path / path)), 2)
    assert 'data.path' not in str(error.value)
    assert path == 'empty' or 'set data.source_path' in str(error.value)


@pytest.mark.parametrize('module', [pairs, unpaired])
def test_both_folders_are_in_the_fingerprint(module, tmp_path):
  seen = set()
  for k in range(3):
    paint(tmp_path / ('a' if k == 1 else 'b'), 'x.ppm', size=(8 + k, 8))
    paint(tmp_path / ('b' if k == 1 else 'a'), 'x.ppm')
    fields = dict(path=str(tmp_path / 'b'), source_path=str(tmp_path / 'a'))
    seen.add(module.make(options(module, tmp_path, **fields), 1).fingerprint)
  assert len(seen) == 3
  assert all(re.fullmatch(r'1 images \(\w+\) and 1 images \(\w+\)', text) for text in seen)


def test_sub_folders_of_a_split_are_paired(tmp_path):
  root = tmp_path / 'set'
  for split, count in (('train', 3), ('test', 1)):
    paint(root / split / 'photo', *(f'{k}.png' for k in range(count)))
    paint(root / split / 'label', *(f'{k}.png' for k in reversed(range(count))))
  fields = dict(path=str(root), source='label')
  dataset = pairs.make(options(pairs, tmp_path, **fields), 2)
  np.testing.assert_array_equal(dataset.arrays['image'][:, 0, 0, 0], [0, 10, 20])
  np.testing.assert_array_equal(dataset.arrays['source'][:, 0, 0, 0], [20, 10, 0])
  assert pairs.make(options(pairs, tmp_path, **fields, split='test'), 1).size == 1
  with pytest.raises(errors.UserError, match=r"unknown data\.source 'lable'; did you mean 'label'"):
    pairs.make(options(pairs, tmp_path, path=str(root), source='lable'), 2)
  paint(root / 'train' / 'depth', '0.png')
  with pytest.raises(
    errors.UserError, match=r"besides label there must be one sub-folder, not \['depth', 'photo'\]"
  ):
    pairs.make(options(pairs, tmp_path, **fields), 2)
  (root / 'train' / 'depth' / '0.png').unlink()
  (root / 'train' / 'label' / '1.png').unlink()
  with pytest.raises(errors.UserError, match=r'photo has 3 images, .*label 2: 1.png has no partner'):
    pairs.make(options(pairs, tmp_path, **fields), 2)


def test_the_smaller_of_two_unpaired_sets_comes_again_in_an_order_of_its_own(tmp_path):
  paint(tmp_path / 'b', *(f'{k}.png' for k in range(3)))
  paint(tmp_path / 'a', *(f'{k}.png' for k in range(7)))
  fields = dict(path=str(tmp_path / 'b'), source_path=str(tmp_path / 'a'))
  dataset = unpaired.make(options(unpaired, tmp_path, **fields), 7)
  assert dataset.size == 7
  batch = jax.jit(lambda dataset, index: dataset.batch(0, index))
  seen = [batch(dataset, index) for index in range(4)]
  level = lambda images: np.round((np.asarray(images)[:, 0, 0, 0] + 1) * 12.75).astype(int)
  for one in seen:
    assert sorted(level(one['source'])) == list(range(7))
    assert set(level(one['image'])) == {0, 1, 2}
  partners = {(a, b) for one in seen for a, b in zip(level(one['source']), level(one['image']), strict=True)}
  assert len(partners) > 7  # else an image always came with the same one
  with pytest.raises(errors.UserError, match='source_path is empty'):
    unpaired.make(options(unpaired, tmp_path, path=str(tmp_path / 'b')), 2)


@pytest.mark.long
def test_avatars_come_with_their_maps(tmp_path):
  for source, channels in (('segmentation', 3), ('edges', 1)):
    dataset = avatar_pairs.make(options(avatar_pairs, tmp_path, source=source, size=(16, 16)), 2)
    batch = jax.jit(lambda dataset: dataset.batch(0, 0))(dataset)
    assert batch['source'].shape == (2, 16, 16, channels)
    face = jax.tree.map(lambda value: value[1], avatars.factors_of(batch))
    np.testing.assert_allclose(batch['source'][1], avatar_pairs.SOURCES[source](face, (16, 16)), atol=1e-5)
  with pytest.raises(errors.UserError, match='known: edges, segmentation'):
    avatar_pairs.make(options(avatar_pairs, tmp_path, source='depth'), 2)


@pytest.mark.long
def test_looks_are_unpaired_in_training_and_their_truth_is_known(tmp_path):
  fields = dict(size=(16, 16), num_images=8, before='glasses=none', after='glasses=round, drawn=segmentation')
  dataset = avatar_looks.make(options(avatar_looks, tmp_path, **fields), 8)
  batch = jax.jit(lambda dataset: dataset.batch(0, 0))(dataset)
  examples = dataset.examples(np.arange(8))
  np.testing.assert_array_equal(examples['target'], examples['image'])
  # As many faces of either look, but not beside their counterparts.
  order = lambda images, known: [int(jnp.abs(known - image).sum((1, 2, 3)).argmin()) for image in images]
  sources, images = order(batch['source'], examples['source']), order(batch['image'], examples['image'])
  targets = order(batch['target'], examples['image'])
  assert sorted(sources) == sorted(images) == list(range(8))
  assert sources == targets != images


@pytest.mark.parametrize(
  ('look', 'message'),
  [('hair=red', "factor in data.after 'hair'"), ('hat=bowler', "hat in data.after 'bowler'")],
)
def test_a_look_that_there_is_not(look, message, tmp_path):
  with pytest.raises(errors.UserError, match=message):
    avatar_looks.make(options(avatar_looks, tmp_path, after=look), 2)
