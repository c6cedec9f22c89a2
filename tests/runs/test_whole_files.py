"""Files are there as a whole or not at all, and are known again."""

import os
import time

import numpy as np
import pytest

from gan_jax import errors
from gan_jax.runs import files
from gan_jax.views import movies


def test_write_whole_replaces_at_once(tmp_path):
  file = tmp_path / 'file.json'
  files.write_whole(file, 'one')
  files.write_whole(file, 'two')
  assert file.read_text() == 'two'
  assert list(tmp_path.iterdir()) == [file]


def test_what_has_its_name_is_on_the_disk_before(tmp_path, monkeypatch):
  done, sync, replace = [], files.sync, files.Path.replace
  monkeypatch.setattr(files, 'sync', lambda path: (done.append(path.suffix), sync(path)))
  monkeypatch.setattr(files.Path, 'replace', lambda *paths: (done.append('named'), replace(*paths)))
  files.write_whole(tmp_path / 'file', b'bytes')
  assert done == ['.partial', 'named', '']


def test_what_a_kill_has_left_is_removed_but_not_what_grows(tmp_path):
  for name, age in (('a.png.77.partial', 61), ('b.png.77.partial', 0), ('c.png', 1000)):
    (tmp_path / name).write_text('half')
    os.utime(tmp_path / name, (time.time() - age,) * 2)
  (tmp_path / 'folder.partial').mkdir()
  files.tidy(tmp_path)
  files.tidy(tmp_path / 'absent')
  assert sorted(path.name for path in tmp_path.iterdir()) == ['b.png.77.partial', 'c.png', 'folder.partial']


def test_what_cannot_be_written_is_named_in_one_line(tmp_path):
  (tmp_path / 'file').write_text('mine')
  (tmp_path / 'folder/full').mkdir(parents=True)
  for path, reason in (('file/a.txt', 'File exists'), ('file/a/b.txt', 'Not a dir'), ('folder', 'Is a dir')):
    with pytest.raises(errors.UserError, match=rf'{path} cannot be written: .*{reason}'):
      files.write_whole(tmp_path / path, 'text')
  assert sorted(path.name for path in tmp_path.iterdir()) == ['file', 'folder']


def test_pictures_keep_their_notes(tmp_path):
  for name, note in (('a.png', 'seen'), ('b.png', '')):
    files.save_png(tmp_path / name, np.zeros((2, 2, 3), np.uint8), note=note)
    assert files.note_of(tmp_path / name) == note
  (tmp_path / 'c.png').write_text('none')
  assert files.note_of(tmp_path / 'c.png') == files.note_of(tmp_path / 'absent.png') == ''


PIXELS = np.zeros((2, 2, 3), np.uint8)
WRITERS = {
  'a.png': lambda path: files.save_png(path, PIXELS),
  'a.npz': lambda path: files.save_npz(path, images=PIXELS),
  'a.json': lambda path: files.write_whole(path, '{}'),
  'a.gif': lambda path: movies.gif(path, [PIXELS, PIXELS], [50, 50]),
}


@pytest.mark.parametrize('name', WRITERS)
def test_what_is_cut_off_by_a_full_disk_is_not_there(name, tmp_path, monkeypatch):
  real = files.Path.replace

  def full(partial, path):
    assert partial.stat().st_size > 0
    raise OSError(28, 'No space left on device')

  WRITERS[name](tmp_path / name)
  monkeypatch.setattr(files.Path, 'replace', full)
  for path in (tmp_path / name, tmp_path / 'new' / name):
    with pytest.raises(errors.UserError, match=f'{name} cannot be written: .*No space left'):
      WRITERS[name](path)
  monkeypatch.setattr(files.Path, 'replace', real)
  assert [path.name for path in tmp_path.rglob('*') if path.is_file()] == [name]


def test_what_is_no_png_is_told_and_a_pipe_is_not_read(tmp_path):
  files.save_png(tmp_path / 'a.png', PIXELS)
  assert (files.load_png(tmp_path / 'a.png') == PIXELS).all()
  (tmp_path / 'b.png').write_text('%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n')
  os.mkfifo(tmp_path / 'c.png')
  for name in 'bcd':
    with pytest.raises(errors.UserError, match=f'{name}.png cannot be read as a PNG'):
      files.load_png(tmp_path / f'{name}.png')
  assert files.note_of(tmp_path / 'c.png') == ''
