"""Contact sheets: every picture once, in its own shape, on a board where it is transparent."""

import os

import numpy as np
from PIL import Image

from gan_jax.data.survey import files
from gan_jax.views import contact_sheet


def test_pictures_keep_their_shape_and_show_what_is_transparent(tmp_path):
  Image.new('RGB', (20, 10), (255, 0, 0)).save(tmp_path / 'wide.png')
  Image.new('RGBA', (10, 10), (0, 0, 255, 0)).save(tmp_path / 'clear, with quite a long name.png')
  headers, broken = files.headers(tmp_path, ['wide.png', 'clear, with quite a long name.png'])
  assert not broken
  sheet = contact_sheet.draw(tmp_path, headers)
  side, gap = contact_sheet.SIDE, contact_sheet.GAP
  assert sheet.shape == (side + contact_sheet.WORDS + 2 * gap, 2 * (side + gap) + gap, 3)
  red = (sheet == (255, 0, 0)).all(-1)
  assert red.sum() == side * side // 2
  assert red.any(1).sum() == side // 2
  clear = sheet[gap : gap + side, side + 2 * gap : 2 * side + 2 * gap]
  assert {tuple(colour) for colour in clear.reshape(-1, 3)} == {(225,) * 3, (245,) * 3}
  assert np.ptp(sheet[gap + side : -gap]) > 100  # the words under them


def test_what_cannot_be_decoded_is_left_out(tmp_path):
  names = [f'{k}.png' for k in range(3)]
  for name in names:
    Image.effect_noise((64, 64), 50).save(tmp_path / name)
  os.truncate(tmp_path / '1.png', 2000)  # its beginning says what it is
  headers, broken = files.headers(tmp_path, names)
  assert (len(headers), len(broken)) == (3, 0)
  across = contact_sheet.SIDE + contact_sheet.GAP
  assert contact_sheet.draw(tmp_path, headers).shape[1] == 2 * across + contact_sheet.GAP


def test_many_pictures_are_chosen_evenly(tmp_path):
  names = [f'{k:03}.png' for k in range(70)]
  for k, name in enumerate(names):
    Image.new('L', (4, 4), 3 * k).save(tmp_path / name)
  sheet = contact_sheet.draw(tmp_path, files.headers(tmp_path, names)[0])
  across = contact_sheet.SIDE + contact_sheet.GAP
  down, middle = across + contact_sheet.WORDS, contact_sheet.SIDE // 2
  seen = sheet[middle::down, middle::across, 0][:8, :8].flatten()
  assert len(seen) == 64
  assert seen[0] == 0
  assert seen[-1] == 3 * 69
  assert (np.diff(seen.astype(int)) > 0).all()
