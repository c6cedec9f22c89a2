"""What a survey says of a folder: all that is odd in it, and as much of what is not as a person reads."""

import shutil

import numpy as np
import pytest
from pictures import paint
from PIL import Image

from gan_jax import errors
from gan_jax.data import survey
from gan_jax.data.survey import copies, files, words

ROWS = ('images', 'sizes', 'shapes', 'formats', 'channels', 'labels', 'copies', 'blank', 'broken', 'others')


@pytest.fixture
def mixed(tmp_path):
  """A folder with a picture of each kind, and files that are none."""
  rng = np.random.default_rng(0)
  pixels = lambda height, width: rng.integers(0, 256, (height, width, 4), np.uint8)
  noise = lambda height, width, mode: Image.fromarray(pixels(height, width)[..., :3]).convert(mode)
  for name, mode in (('cats/a.png', 'RGB'), ('dogs/c.png', 'L'), ('dogs/d.png', 'P')):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    noise(30, 40, mode).save(tmp_path / name)
  Image.fromarray(pixels(30, 40)).save(tmp_path / 'cats/b.png')
  noise(40, 30, 'CMYK').save(tmp_path / 'cats/e.jpg')
  Image.fromarray(rng.integers(0, 2**16, (20, 20), np.uint16)).save(tmp_path / 'dogs/f.png')
  frames = [noise(16, 16, 'P') for _ in range(3)]
  frames[0].save(tmp_path / 'dogs/g.gif', save_all=True, append_images=frames[1:])
  shutil.copy(tmp_path / 'cats/a.png', tmp_path / 'dogs/a again.png')
  Image.new('RGBA', (9, 9), (200, 0, 0, 0)).save(tmp_path / 'cats/empty.png')
  (tmp_path / 'cats/cut.png').write_bytes((tmp_path / 'cats/a.png').read_bytes()[:900])
  (tmp_path / 'dogs/page (1).jpg').write_text('no image')
  (tmp_path / 'notes.txt').write_text('file,names\n')
  (tmp_path / '.hidden.csv').write_text('')
  return tmp_path


def test_everything_odd_is_found(mixed):
  found = survey.look(mixed)
  assert len(found.found) == 11
  kinds = {header.name: header.kind for header in found.headers}
  assert kinds == {
    'cats/a.png': 'RGB',
    'cats/b.png': 'RGBA',
    'cats/e.jpg': 'CMYK',
    'cats/empty.png': 'RGBA',
    'dogs/a again.png': 'RGB',
    'dogs/c.png': 'grey',
    'dogs/d.png': 'palette',
    'dogs/f.png': '16 bit',
    'dogs/g.gif': 'palette',
  }
  assert [header.name for header in found.headers if header.animated] == ['dogs/g.gif']
  assert [header.name for header in found.headers if header.transparent] == ['cats/b.png', 'cats/empty.png']
  assert set(found.broken) == {'cats/cut.png', 'dogs/page (1).jpg'}
  assert found.broken['dogs/page (1).jpg'] == 'its content is in no known image format'
  assert found.copies == ({'dogs/a again.png': 'cats/a.png'}, True)
  assert found.looks.blank['white'] == ['cats/empty.png']
  assert not found.looks.grey
  assert found.labels == {'cats': 5, 'dogs': 6}
  assert found.others == {'.txt': 1}


def test_the_table_has_a_line_for_each_thing_and_fits_a_terminal(mixed):
  (mixed / 'dogs' / 'new\nline\x1b.png').write_text('no image')
  lines = words.lines(survey.look(mixed))
  told = {line.split()[0]: line for line in lines}
  assert list(told) == [*ROWS]
  assert '9x9 to 30x40' in told['sizes']
  assert '4:3 5, 1:1 3, 3:4 1' in told['shapes']
  assert 'RGB 2' in told['channels']
  assert '1 animated' in told['channels']
  assert 'dogs/a again.png = cats/a.png' in told['copies']
  assert 'new?line?.png' in told['broken']
  assert all(line.isprintable() for line in lines)


def test_large_folders_are_sampled_evenly_and_it_is_said(tmp_path, monkeypatch):
  paint(tmp_path, *(f'{k:02}.png' for k in range(40)))
  monkeypatch.setattr(survey, 'HEADERS', 10)
  monkeypatch.setattr(files, 'PIXELS', 5 * 64)
  monkeypatch.setattr(files, 'FEWEST', 1)
  monkeypatch.setattr(copies, 'MOST', 3)
  found = survey.look(tmp_path)
  names = [header.name for header in found.headers]
  assert (len(names), names[0], names[-1]) == (10, '00.png', '39.png')
  assert len(found.looks.names) == 5
  lines = words.lines(found)
  assert '40 in ' in lines[0]
  assert 'is of 10 of them, evenly chosen, and of the pixels of 5' in lines[0]
  assert any('of the files that were compared' in line for line in lines)


@pytest.mark.parametrize(
  ('table', 'labels', 'attributes'),
  [
    ('file;label\n0.png;x\n1.png;y\n', {'x': 1, 'y': 1}, ()),
    ('file,hat\n0.png,1\n1.png,0\n', {}, ('table.csv', 'hat')),
    ('something,else\n', {}, ()),
  ],
)
def test_tables_are_tried(tmp_path, table, labels, attributes):
  paint(tmp_path, '0.png', '1.png')
  (tmp_path / 'table.csv').write_text(table)
  found = survey.look(tmp_path)
  assert found.labels == labels
  assert found.table == ('table.csv' if labels else '')
  assert found.attributes == attributes


def test_splits_are_told_apart(tmp_path):
  paint(tmp_path, 'train/a/0.png', 'train/b/1.png', 'test/a/2.png')
  found = survey.look(tmp_path)
  assert found.train == ['train/a/0.png', 'train/b/1.png']
  assert found.test == ['test/a/2.png']
  assert found.labels == {'a': 1, 'b': 1}
  assert any('2 train, 1 test' in line for line in words.lines(found))


def test_folders_without_pictures_are_refused(tmp_path):
  for path, message in ((tmp_path / 'no', 'set --data to'), (tmp_path, 'holds no images .*: set --data')):
    with pytest.raises(errors.UserError, match=message):
      survey.look(path)
  (tmp_path / 'a.png').write_text('no image')
  with pytest.raises(errors.UserError, match='none of 1 files can be read'):
    survey.look(tmp_path)
