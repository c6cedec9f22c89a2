"""Captions, boxes and keypoints of folders: read from JSON lines and COCO's form, and what is refused."""

import json
import math

import numpy as np
import pytest
from pictures import options, paint

from gan_jax import errors
from gan_jax.data import folder, law, words

FILES = ('a.png', 'b/c.png', 'd.png')


@pytest.fixture
def pictures(tmp_path):
  paint(tmp_path / 'set', *FILES, size=(16, 8))
  return tmp_path


def lines(path, **changes):
  """A line of annotations for each file, some of which are changed: {file: record}."""
  usual = {'captions': ['A red bird', 'a bird, red'], 'box': [0.25, 0.5, 0.75, 0.75]}
  usual['keypoints'] = [[0.5, 0.5, 1], [0.5, 0.0, 1], [0, 0, 0]]
  records = [{'file': file, **usual, **changes.get(file, {})} for file in FILES]
  (path / 'set/notes.jsonl').write_text('\n'.join(json.dumps(record) for record in records))


def coco(path, **more):
  images = [{'id': k, 'file_name': file, 'height': 8, 'width': 16} for k, file in enumerate(FILES)]
  notes = [{'image_id': k, 'caption': text} for k in range(3) for text in ('A red bird', 'a bird, red')]
  small, large = {'bbox': [0, 0, 1, 1]}, {'bbox': [8, 2, 4, 4], 'keypoints': [8, 4, 2, 0, 4, 1, 0, 0, 0]}
  notes += [{'image_id': k, **box} for k in range(3) for box in (small, large)]
  (path / 'set/coco.json').write_text(json.dumps({'images': images, 'annotations': notes, **more}))


def load(path, **changes):
  return folder.make(options(folder, path, **changes), 3)


@pytest.mark.parametrize(
  ('write', 'field', 'file'), [(lines, 'captions', 'notes.jsonl'), (coco, 'coco', 'coco.json')]
)
@pytest.mark.parametrize('resize', ['crop', 'stretch'])
def test_a_batch_has_what_is_said(pictures, write, field, file, resize):
  """A crop of the middle half leaves out the left quarter."""
  write(pictures)
  dataset = load(pictures, **{field: file, 'resize': resize})
  batch, spec = dataset.batch(0, 0), dataset.spec(conditions=True)
  assert (batch['caption'] != batch['caption_again']).any(1).all()
  for name in ('caption', 'caption_again', 'caption_wrong'):
    assert {words.decode(tokens) for tokens in batch[name]} <= {'a red bird', 'a bird, red'}
  told = {words.decode(c) for index in range(8) for c in dataset.batch(0, index)['caption']}
  assert told == {'a red bird', 'a bird, red'}
  left, right, seen = (0.5, 1.0, 0) if resize == 'crop' else (0.5, 0.75, 1)
  np.testing.assert_allclose(batch['box'], [[0.25, left, 0.75, right]] * 3, atol=1e-6)
  np.testing.assert_allclose(batch['keypoints'][0], [[0.5, 0.5, 1], [0.5 * seen, 0, seen], [0, 0, 0]])
  assert spec.vocabulary == words.CHARACTERS
  assert set(law.decode(spec.law)) == {'caption', 'box', 'keypoints'}
  names = {'image', 'caption', 'caption_again', 'caption_wrong', 'box', 'keypoints'}
  assert set(dataset.examples([0, 1])) == names


def test_an_image_of_one_caption_has_it_again(pictures):
  lines(pictures, **{file: {'captions': [f'a bird, {k}']} for k, file in enumerate(FILES)})
  batch = load(pictures, captions='notes.jsonl').batch(0, 0)
  np.testing.assert_array_equal(batch['caption'], batch['caption_again'])


def test_the_wrong_caption_is_another(pictures):
  lines(
    pictures, **{FILES[2]: {'captions': ['a blue bird']}, **{f: {'captions': ['a bird']} for f in FILES[:2]}}
  )
  batch = load(pictures, captions='notes.jsonl').batch(0, 0)
  right, wrong = ([words.decode(tokens) for tokens in batch[name]] for name in ('caption', 'caption_wrong'))
  assert {*zip(right, wrong, strict=True)} == {('a bird', 'a blue bird'), ('a blue bird', 'a bird')}


def test_of_many_captions_some_stand_for_all(pictures):
  lines(pictures)
  dataset = load(pictures, captions='notes.jsonl')
  many = {name: np.tile(array, (2000, *[1] * (array.ndim - 1))) for name, array in dataset.arrays.items()}
  dataset = dataset.replace(arrays=many, size=6000)
  assert {len(rows) for rows in dataset.conditions().values()} == {law.MOST}


def test_lines_of_one_image_are_put_together(pictures):
  first, second = ({'file': FILES[0], 'captions': [text]} for text in ('a red bird', 'a small bird'))
  rest = [{'file': file, 'captions': ['a bird', 'birds']} for file in FILES[1:]]
  file = pictures / 'set/notes.jsonl'
  file.write_text('\n'.join(map(json.dumps, [first, *rest, second])))
  dataset = load(pictures, captions='notes.jsonl')
  assert {words.decode(tokens) for tokens in dataset.arrays['captions'][0]} == {'a red bird', 'a small bird'}
  box = {'file': FILES[0], 'captions': ['a'], 'box': [0.0, 0.0, 0.5, 0.5]}
  file.write_text('\n'.join(map(json.dumps, [box, box])))
  with pytest.raises(errors.UserError, match=r'line 2, a.png: its box or keypoints are there twice'):
    load(pictures, captions='notes.jsonl')


def test_what_is_not_seen_is_nowhere_whatever_the_size(pictures):
  lines(pictures, **{file: {'keypoints': [[0.5, 0.5, 2], [-1, -1, 0]], 'box': None} for file in FILES})
  points = load(pictures, captions='notes.jsonl', resize='stretch').batch(0, 0)['keypoints']
  np.testing.assert_array_equal(points, [[[0.5, 0.5, 1], [0, 0, 0]]] * 3)


def test_a_split_of_which_nothing_is_said_is_refused(tmp_path):
  paint(tmp_path / 'set', 'train/a.png', 'train/b.png', 'test/c.png')
  records = [{'file': f'train/{name}.png', 'captions': ['a bird']} for name in 'ab']
  (tmp_path / 'set/notes.jsonl').write_text('\n'.join(map(json.dumps, records)))
  assert load(tmp_path, captions='notes.jsonl').size == 2
  with pytest.raises(
    errors.UserError, match=r'has no captions for test/c.png: every image needs some, or none'
  ):
    load(tmp_path, captions='notes.jsonl', split='test')


def test_unknown_characters_are_read_as_such(pictures):
  lines(pictures, **{file: {'captions': ['ein V\u00f6gel']} for file in FILES})
  tokens = load(pictures, captions='notes.jsonl').batch(0, 0)['caption'][0]
  assert tokens[5] == words.UNKNOWN


@pytest.mark.parametrize(
  ('changes', 'said'),
  [
    ({'captions': [' ']}, r'notes.jsonl, line 2, b/c.png: a caption is empty'),
    ({'captions': []}, r'notes.jsonl has no captions for b/c.png'),
    ({'captions': ['x' * 600]}, r'b/c.png has a caption of 600 characters: 512 at most'),
    ({'box': [0.5, 0.1, 0.5, 0.2]}, r'line 2, b/c.png: the box .* is empty'),
    ({'box': [0.5, 0.1, 1.5, 0.2]}, r'line 2, b/c.png: the box .* is outside of the image'),
    ({'box': [0.5, 0.1]}, r'line 2, b/c.png: the box .* is empty'),
    ({'box': [0.25, 0.0, 0.75, 0.2]}, r'b/c.png: its box is cut off by data.resize=crop'),
    ({'box': 'x'}, r'line 2: no line of annotations'),
    ({'keypoints': [[2, 0, 1]] * 3}, r'the keypoint .* is not \(y, x, visible\)'),
    ({'keypoints': [[math.nan, 0, 0]] * 3}, r'the keypoint .* is not \(y, x, visible\)'),
    ({'keypoints': [[0, 0, 1]]}, r'images have 1 to 3 keypoints'),
  ],
)
def test_bad_annotations_are_told_in_one_line(pictures, changes, said):
  lines(pictures, **{FILES[1]: changes})
  with pytest.raises(errors.UserError, match=said) as error:
    load(pictures, captions='notes.jsonl')
  assert '\n' not in str(error.value)


def test_other_mistakes_are_told_in_one_line(pictures):
  lines(pictures)
  coco(pictures)
  (pictures / 'set/bad.json').write_text('{"images": [{}], "annotations": []}')
  (pictures / 'set/other.jsonl').write_text('{"file": "z.png", "captions": ["a"]}')
  for changes, said in (
    ({'captions': 'notes.jsonl', 'coco': 'coco.json'}, 'say the same of images: leave one out'),
    ({'captions': 'nothing.jsonl'}, 'data.captions: .*nothing.jsonl cannot be read'),
    ({'captions': 'other.jsonl'}, 'none of its 1 images is there'),
    ({'coco': 'bad.json'}, "is not in COCO's form"),
    ({'captions': 'notes.jsonl', 'flip': True}, 'a mirrored image would belie its box'),
    ({'captions': 'notes.jsonl', 'resize': 'random_crop'}, 'a random window would belie boxes'),
  ):
    with pytest.raises(errors.UserError, match=said) as error:
      load(pictures, **changes)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize(
  ('part', 'change'),
  [
    ('images', {'height': 'tall'}),
    ('images', {'height': 0}),
    ('images', {'width': {}}),
    ('annotations', {'bbox': [1, 2, 'x', 4]}),
    ('annotations', {'bbox': [1, 2]}),
    ('annotations', {'bbox': [1, 2, 3, 4], 'keypoints': [1, 2]}),
  ],
)
def test_what_is_not_in_cocos_form_is_told_in_one_line(pictures, part, change):
  coco(pictures)
  record = json.loads((pictures / 'set/coco.json').read_text())
  record[part][0] |= change
  (pictures / 'set/coco.json').write_text(json.dumps(record))
  with pytest.raises(errors.UserError, match=r"coco.json is not in COCO's form"):
    load(pictures, coco='coco.json')


def test_a_file_that_is_too_deep_is_told_in_one_line(pictures):
  (pictures / 'set/notes.jsonl').write_text('[' * 200_000)
  for field in ('captions', 'coco'):
    with pytest.raises(errors.UserError, match='RecursionError'):
      load(pictures, **{field: 'notes.jsonl'})
